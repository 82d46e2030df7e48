//! What must not pass as a token.

use super::*;
use crate::clock::Random;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn tokens() -> Tokens {
    Tokens::new(KeyRing::in_memory(&Random::seeded(1)).unwrap())
}

fn access() -> Access {
    Access {
        user_id: UserId::new(Uuid::from_u128(1)),
        session_id: SessionId::new(Uuid::from_u128(2)),
        expires_at: NOW.plus_ms(600_000),
    }
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with the given header and claims changed, signed with the right key where the header still asks for it.
fn forged(tokens: &Tokens, change: impl Fn(&mut Value, &mut Value)) -> String {
    let keys = tokens.keys();
    let signing = keys.signing(NOW);
    let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": signing.id});
    let access = access();
    let mut claims = json!({
        "iss": "chat", "aud": "chat", "sub": access.user_id, "sid": access.session_id,
        "iat": NOW.ms() / 1_000, "exp": access.expires_at.ms() / 1_000,
    });
    change(&mut header, &mut claims);
    let message = format!("{}.{}", part(&header), part(&claims));
    let seal =
        jsonwebtoken::crypto::sign(message.as_bytes(), &signing.key, Algorithm::EdDSA).unwrap();
    format!("{message}.{seal}")
}

fn code(tokens: &Tokens, token: &str) -> Option<Code> {
    tokens.verify(token, NOW).err().map(|error| error.code())
}

#[test]
fn a_signed_token_says_who_calls() {
    let tokens = tokens();
    let token = tokens.sign(access(), NOW).unwrap();

    assert_eq!(tokens.verify(token.expose(), NOW).unwrap(), access());
    assert_eq!(tokens.verify(token.expose(), NOW).unwrap(), access());
    assert_eq!(code(&tokens, &forged(&tokens, |_, _| {})), None);
}

#[test]
fn other_algorithms_keys_types_and_audiences_are_refused() {
    let tokens = tokens();
    let wrong: [fn(&mut Value, &mut Value); 10] = [
        |header, _| header["alg"] = "none".into(),
        |header, _| header["alg"] = "HS256".into(),
        |header, _| header["alg"] = "RS256".into(),
        |header, _| header["kid"] = "another".into(),
        |header, _| header["kid"] = "../../etc/passwd".into(),
        |header, _| header["typ"] = "JWT".into(),
        |_, claims| claims["aud"] = "elsewhere".into(),
        |_, claims| claims["iss"] = "elsewhere".into(),
        |_, claims| claims["exp"] = "9999999999".into(),
        |_, claims| claims["sub"] = Value::Null,
    ];
    for (nth, change) in wrong.into_iter().enumerate() {
        assert_eq!(
            code(&tokens, &forged(&tokens, change)),
            Some(Code::Unauthenticated),
            "change {nth}"
        );
    }
}

#[test]
fn a_key_from_elsewhere_is_never_looked_up() {
    let tokens = tokens();
    let change = |header: &mut Value, _: &mut Value| {
        header["jku"] = "http://127.0.0.1:1/keys".into();
        header.as_object_mut().unwrap().remove("kid");
    };

    assert_eq!(
        code(&tokens, &forged(&tokens, change)),
        Some(Code::Unauthenticated)
    );
}

#[test]
fn a_changed_or_cut_token_is_refused() {
    let tokens = tokens();
    let token = tokens.sign(access(), NOW).unwrap().expose().to_owned();
    let unsigned = token.rsplit_once('.').unwrap().0.to_owned();
    let refresh = tokens
        .refresh_token(access().session_id, 0)
        .expose()
        .to_owned();

    for wrong in [
        &token[..token.len() - 4],
        &format!("{unsigned}."),
        &unsigned,
        &refresh,
        "",
        "a.b.c",
    ] {
        assert_eq!(code(&tokens, wrong), Some(Code::Unauthenticated), "{wrong}");
    }
}

#[test]
fn a_token_runs_out_and_ends_with_its_session() {
    let tokens = tokens();
    let token = tokens.sign(access(), NOW).unwrap();

    let late = tokens
        .verify(token.expose(), NOW.plus_ms(600_000))
        .unwrap_err();
    assert_eq!(late.code(), Code::TokenExpired);
    tokens.end(&[access().session_id], NOW.plus_ms(600_000));
    assert_eq!(code(&tokens, token.expose()), Some(Code::SessionEnded));
}

#[test]
fn a_token_of_a_removed_key_is_refused_though_it_was_verified_before() {
    let tokens = tokens();
    let token = tokens.sign(access(), NOW).unwrap();
    assert_eq!(code(&tokens, token.expose()), None);

    tokens.take(KeyRing::in_memory(&Random::seeded(2)).unwrap());

    assert_eq!(code(&tokens, token.expose()), Some(Code::Unauthenticated));
    assert!(tokens.names_unknown_key(token.expose()));
}

#[test]
fn a_refresh_token_is_opened_only_where_it_was_made() {
    let tokens = tokens();
    let others = Tokens::new(KeyRing::in_memory(&Random::seeded(2)).unwrap());
    let session = access().session_id;

    let token = tokens.refresh_token(session, 7);

    assert_eq!(tokens.open_refresh_token(&token), Some((session, 7)));
    assert_eq!(others.open_refresh_token(&token), None);
    for wrong in ["", "AAAA", token.expose().get(1..).unwrap()] {
        assert_eq!(tokens.open_refresh_token(&Secret::new(wrong)), None);
    }
}
