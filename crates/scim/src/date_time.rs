//! The dateTime type (RFC 7643 §2.3.5).

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};

#[cfg(test)]
mod tests;

/// Reads an xsd:dateTime: date and time, any number of fraction digits (those after the ninth are cut off),
/// `Z`, an offset, or no zone, which counts as UTC (R-ATTR-05). None: it is not one, or lies outside the
/// years 0 to 9999.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.split_once(['T', 't'])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (time, offset) = split_zone(time)?;
    let (time, nanosecond) = match time.split_once('.') {
        None => (time, 0),
        Some((time, fraction)) => (time, nanoseconds(fraction)?),
    };
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let local = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?
        .and_hms_nano_opt(hour, minute, second, nanosecond)?;
    let instant = local.checked_sub_signed(offset)?.and_utc();
    (0..=9999).contains(&instant.year()).then_some(instant)
}

/// Writes an instant so that the order of the texts, byte by byte, is the order of the instants: always UTC,
/// always nine fraction digits.
#[must_use]
pub fn sortable(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The same moment in UTC, with `Z` (R-ATTR-05): as it was written where it is so already, with the digits that
/// count where not. None: it is no dateTime.
#[must_use]
pub fn to_utc(text: String) -> Option<String> {
    let instant = parse(&text)?;
    if text.contains('T') && text.ends_with('Z') {
        return Some(text);
    }
    Some(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn split_zone(time: &str) -> Option<(&str, TimeDelta)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, TimeDelta::zero()));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, TimeDelta::zero()));
    };
    let [hours, minutes] = numbers(&time[at + 1..], ':', [2, 2])?;
    // xsd:dateTime allows offsets up to fourteen hours.
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    let minutes = i64::from(hours * 60 + minutes);
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    Some((&time[..at], TimeDelta::minutes(sign * minutes)))
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts
            .next()
            .filter(|part| part.len() == width && is_digits(part))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if !is_digits(fraction) {
        return None;
    }
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    digits.parse().ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
