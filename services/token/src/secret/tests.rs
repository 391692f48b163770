use std::collections::HashSet;

use super::*;

#[test]
fn base62_is_positional_and_fixed_width() {
    for (number, expected) in [
        (0_u32, "000000"),
        (9, "000009"),
        (10, "00000A"),
        (61, "00000z"),
        (62, "000010"),
        (62 * 62 + 36, "00010a"),
        (u32::MAX, "4gfFC3"),
    ] {
        assert_eq!(base62(&number.to_be_bytes(), 6), expected);
    }
    assert_eq!(base62(&[0; 32], 43), "0".repeat(43));
    // 2^256 - 1 needs all 43 digits; the digits read back give the number again.
    let mut back = [0_u8; 32];
    for digit in base62(&[0xff; 32], 43).bytes() {
        let value = ALPHABET.iter().position(|a| *a == digit).unwrap();
        let mut carry = u32::try_from(value).unwrap();
        for byte in back.iter_mut().rev() {
            carry += u32::from(*byte) * 62;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    }
    assert_eq!(back, [0xff; 32]);
}

#[test]
fn the_format_never_changes() {
    // Secrets are pasted into identity providers for years: this text must stay valid for ever.
    let secret = encode(Kind::Scim, 1, &[7; 32]);
    let text = secret.expose_secret();
    assert_eq!(
        text,
        "mst_scim_1fJjkkpe9PiTw9KSulA8Ghct30vZz4HpdQ5c5b9cPF10OSeae"
    );
    assert!(is_well_formed(text));
    let secret = encode(Kind::Admin, 70_471, &[7; 32]);
    let text = secret.expose_secret();
    let random = "1fJjkkpe9PiTw9KSulA8Ghct30vZz4HpdQ5c5b9cPF1";
    assert_eq!(
        text.strip_suffix(&checksum(&format!("mst_admin_70471_{random}"))),
        Some(&*format!("mst_admin_70471_{random}"))
    );
    assert!(is_well_formed(text));
    // As they were made before they named the account.
    let before = format!("mst_admin_{random}");
    assert!(is_well_formed(&format!("{before}{}", checksum(&before))));
}

#[test]
fn secrets_have_the_documented_format_and_never_repeat() {
    let mut seen = HashSet::new();
    for kind in [Kind::Scim, Kind::Admin] {
        for _ in 0..200 {
            let secret = generate(kind, 12).unwrap();
            let text = secret.expose_secret();
            assert!(text.starts_with(prefix(kind)));
            let account = if kind == Kind::Admin { "12_".len() } else { 0 };
            assert_eq!(text.len(), prefix(kind).len() + account + 49);
            assert!(is_well_formed(text));
            assert!(seen.insert(text.to_owned()));
        }
    }
}

#[test]
fn a_typo_is_recognised() {
    let secret = generate(Kind::Admin, 12).unwrap();
    let text = secret.expose_secret();
    for position in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[position] = if bytes[position] == b'x' { b'y' } else { b'x' };
        assert!(
            !is_well_formed(&String::from_utf8(bytes).unwrap()),
            "position {position}"
        );
    }
    // The kind is covered by the checksum too.
    assert!(!is_well_formed(&text.replace("mst_admin_", "mst_scim_")));
    for bad in [
        "",
        "mst_scim_",
        "x",
        &text[..text.len() - 1],
        &format!("{text}0"),
        &format!(" {text}"),
        "mst_scim_é",
        "mst_admin__",
        &text.replace("_12_", "_x_"),
        &text.replace("_12_", "_13_"),
    ] {
        assert!(!is_well_formed(bad));
    }
    // As many bytes as a secret, but not on character boundaries.
    assert!(!is_well_formed(&format!("mst_scim_{}0", "é".repeat(24))));
}

#[test]
fn the_hash_is_plain_sha256() {
    assert_eq!(
        Sha256::of(&SecretString::from("abc")).to_hex(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert!(Sha256::from_slice(&[0; 31]).is_none());
    assert!(Sha256::from_slice(&[0; 32]).is_some());
}
