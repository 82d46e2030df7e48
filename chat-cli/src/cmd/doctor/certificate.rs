//! Until when a certificate holds, for whom it is, and who can read its key. Read from its own bytes (X.509, in DER), and
//! nothing else of it: whether it can be served is for the server to say.

use super::{Finding, State};
use crate::output::now;
use chat_core::Timestamp;
use chat_server::Config;
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    server::ParsedCertificate,
};
use std::path::Path;

const DAY_MS: i64 = 86_400_000;
/// Somebody has to look after it soon.
const SOON_DAYS: i64 = 14;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Whether HTTPS can be served, and until when.
pub(super) fn tls(config: &Config, found: Option<Result<(), String>>) -> Finding {
    const CHECK: &str = "tls";
    match (found, &config.tls.certificate) {
        (Some(Ok(())), Some(path)) => match end_of(path) {
            Some(end) => match judge(CHECK, end, now()) {
                fine if fine.state == State::Ok => stranger(CHECK, config, path).unwrap_or(fine),
                other => other,
            },
            None => Finding::warning(
                CHECK,
                format!("{} does not say until when it holds", path.display()),
                "look yourself: openssl x509 -enddate",
            ),
        },
        (Some(Err(reason)), _) => Finding::problem(
            CHECK,
            reason,
            "see that tls.certificate and tls.key are PEM files that belong together, and that this user may read them",
        ),
        _ => Finding::skipped(CHECK, "HTTP only; a proxy in front may speak TLS"),
    }
}

fn judge(check: &'static str, end: Timestamp, now: Timestamp) -> Finding {
    let days = (end.ms() - now.ms()).div_euclid(DAY_MS);
    let advice = "get a new certificate; it is served within seconds, without a restart";
    match days {
        ..0 => Finding::problem(check, format!("the certificate ran out at {end}"), advice),
        0..SOON_DAYS => Finding::warning(
            check,
            format!("the certificate runs out in {days} days"),
            advice,
        ),
        _ => Finding::ok(check, format!("the certificate holds for {days} days")),
    }
}

/// Whether the certificate is for another name than the one by which people reach the chat. A proxy in front may have that.
fn stranger(check: &'static str, config: &Config, path: &Path) -> Option<Finding> {
    let host = config.public_url.as_ref()?.host_str()?;
    let name = ServerName::try_from(host.trim_matches(['[', ']'])).ok()?;
    let first = first_of(path)?;
    let parsed = ParsedCertificate::try_from(&first).ok()?;
    verify_server_name(&parsed, &name).err()?;
    Some(Finding::warning(
        check,
        format!("the certificate is not for {host}, which public_url names"),
        "get one for that name, or correct public_url; it is right only behind a proxy that has another one",
    ))
}

/// Whether everybody on the machine can read the key, where that can be told. Its group may, as for the server.
pub(super) fn key(config: &Config) -> Option<Finding> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = config.tls.key.as_ref()?;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        let name = path.display();
        const CHECK: &str = "tls key";
        Some(match mode & 0o007 {
            0 => Finding::ok(CHECK, format!("only its owner and group can read {name}")),
            _ => Finding::warning(
                CHECK,
                format!("others can read {name} (mode {:o})", mode & 0o777),
                format!("chmod o= {name}"),
            ),
        })
    }
    #[cfg(not(unix))]
    {
        let _ = config;
        None
    }
}

/// The first certificate in a file.
fn first_of(path: &Path) -> Option<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).ok()?.next()?.ok()
}

/// The end of the first certificate in a file.
fn end_of(path: &Path) -> Option<Timestamp> {
    end_in(&first_of(path)?)
}

fn end_in(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der)?;
    let (_, signed, _) = element(certificate)?;
    let mut rest = signed;
    // The version may be left out; then come the number, the algorithm and who issued it.
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (SEQUENCE, validity, _) = element(rest)? else {
        return None;
    };
    let (_, _, end) = element(validity)?;
    let (kind, text, _) = element(end)?;
    moment(kind, std::str::from_utf8(text).ok()?)
}

/// The kind of an element, what is in it, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        _ => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.len() > 4 {
                return None;
            }
            let length = bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            (length, rest)
        }
    };
    let (inside, after) = rest.split_at_checked(length)?;
    Some((kind, inside, after))
}

/// A time as certificates write it: with two digits for the year until 2049, with four afterwards.
fn moment(kind: u8, text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    let digits = match kind {
        UTC_TIME if digits.get(..2)?.parse::<u8>().ok()? < 50 => format!("20{digits}"),
        UTC_TIME => format!("19{digits}"),
        GENERALIZED_TIME => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| digits.get(from..to);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_from_the_bytes() {
        // A certificate with nothing in it but what stands before the end, and the end.
        let times = b"\x17\x0d260101000000Z\x17\x0d261231235959Z";
        let mut signed = vec![
            VERSION, 3, 2, 1, 2, 2, 1, 1, SEQUENCE, 0, SEQUENCE, 0, SEQUENCE, 30,
        ];
        signed.extend(times);
        let inner = [&[SEQUENCE, signed.len() as u8][..], &signed].concat();
        let der = [&[SEQUENCE, inner.len() as u8][..], &inner].concat();

        let end = end_in(&der).unwrap();

        assert_eq!(end.to_string(), "2026-12-31T23:59:59.000Z");
        for cut in 0..der.len() {
            assert_eq!(end_in(&der[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn somebody_is_told_in_time() {
        let at = |day: &str| crate::span::moment(day).unwrap();
        let state = |day| judge("x", at("2026-11-21"), at(day)).state;

        assert_eq!(state("2026-10-01"), State::Ok);
        assert_eq!(state("2026-11-10"), State::Warning);
        assert_eq!(state("2026-11-22"), State::Problem);
        assert_eq!(
            moment(GENERALIZED_TIME, "20500101000000Z"),
            Some(at("2050-01-01"))
        );
    }
}
