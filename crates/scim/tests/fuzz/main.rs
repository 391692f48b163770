//! The fuzz targets without a fuzzer: every seed, and some thousands of variations of the seeds that are the same
//! in every run. `crates/scim/fuzz` has the seeds, and the targets for libFuzzer.

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
};

mod checks;
mod vary;

/// Variations per target.
const VARIATIONS: usize = 4000;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The seeds of a target with their file names, in order.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = directory().join("corpus").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a seed"))
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{} is empty", directory.display());
    seeds
}

/// The words of `scim.dict`, whose lines are JSON strings.
fn words() -> Vec<String> {
    let text = fs::read_to_string(directory().join("scim.dict")).expect("scim.dict");
    text.lines()
        .filter(|line| line.starts_with('"'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

/// Runs a check; where it fails, says of which input.
fn check(target: &str, name: &str, input: &[u8]) {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| checks::check(target, input)));
    assert!(
        outcome.is_ok(),
        "{target}, {name}: b\"{}\"",
        input.escape_ascii()
    );
}

fn run(target: &str) {
    let seeds = seeds(target);
    for (name, seed) in &seeds {
        check(target, name, seed);
    }
    let words = words();
    let mut random = vary::Random::new(target);
    for number in 0..VARIATIONS {
        let (name, seed) = &seeds[number % seeds.len()];
        let (_, other) = &seeds[random.below(seeds.len())];
        let input = vary::vary(seed, other, &words, &mut random);
        check(target, &format!("variation {number} of {name}"), &input);
    }
}

/// R-FILTER-28, R-TEST-01.
#[test]
fn filter() {
    run("filter");
}

#[test]
fn path() {
    run("path");
}

/// R-TEST-02.
#[test]
fn patch() {
    run("patch");
}

#[test]
fn resource() {
    run("resource");
}
