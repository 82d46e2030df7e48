//! Tests of the file of sessions.

use super::*;
use crate::cli::Cli;
use clap::Parser;

fn session(server: &str, username: &str, token: &str) -> SavedSession {
    SavedSession {
        server: server.parse().unwrap(),
        user_id: UserId::new(Uuid::nil()),
        username: username.to_owned(),
        session_id: SessionId::new(Uuid::nil()),
        access_token: Secret::new(token),
        refresh_token: Secret::new(token),
        expires_at: Timestamp::from_ms(0),
    }
}

fn profile() -> (tempfile::TempDir, Profile) {
    let dir = tempfile::tempdir().unwrap();
    let profile = Profile::at(dir.path().join("chat/sessions.json"));
    (dir, profile)
}

fn sign_in(profile: &Profile, server: &str, username: &str) -> KeptSession {
    let kept = KeptSession::new(profile.clone(), None);
    kept.save(&session(server, username, "t1")).unwrap();
    kept
}

#[test]
fn who_signed_in_last_is_meant() {
    let (_dir, profile) = profile();
    sign_in(&profile, "http://a.example", "ann");
    sign_in(&profile, "http://a.example/", "ben");
    let a: Url = "http://a.example".parse().unwrap();

    assert_eq!(profile.session(&a, None).unwrap().unwrap().username, "ben");
    assert_eq!(
        profile.session(&a, Some("Ann")).unwrap().unwrap().username,
        "ann"
    );
    assert!(
        profile
            .session(&"http://b.example".parse().unwrap(), None)
            .unwrap()
            .is_none()
    );
    assert_eq!(profile.server(None).unwrap(), a);
}

#[test]
fn a_refreshed_token_is_seen_by_others_and_changes_nothing_else() {
    let (_dir, profile) = profile();
    let ann = sign_in(&profile, "http://a.example", "ann");
    sign_in(&profile, "http://a.example", "ben");

    let second = KeptSession::new(
        profile.clone(),
        Some(&session("http://a.example", "ann", "t1")),
    );
    ann.save(&session("http://a.example", "ann", "t2")).unwrap();

    assert_eq!(
        second.load().unwrap().unwrap().access_token,
        Secret::new("t2")
    );
    assert_eq!(
        profile
            .session(&"http://a.example".parse().unwrap(), None)
            .unwrap()
            .unwrap()
            .username,
        "ben"
    );
}

#[test]
fn after_signing_out_the_other_account_is_meant() {
    let (_dir, profile) = profile();
    sign_in(&profile, "http://a.example", "ann");
    sign_in(&profile, "http://a.example", "ben")
        .clear()
        .unwrap();

    let left = profile.accounts().unwrap();

    assert_eq!(left.len(), 1);
    assert!(left[0].current && left[0].session.username == "ann");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, profile) = profile();
    sign_in(&profile, "http://a.example", "ann");

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(profile.path()), 0o600);
    assert_eq!(mode(profile.path().parent().unwrap()), 0o700);
}

#[test]
fn a_broken_file_says_what_to_do() {
    let (_dir, profile) = profile();
    sign_in(&profile, "http://a.example", "ann");
    fs::write(profile.path(), "{").unwrap();

    let story = profile.accounts().unwrap_err().story();

    assert!(
        story.contains("sessions.json") && story.contains("sign in again"),
        "{story}"
    );
}

#[test]
fn a_name_is_of_the_one_who_took_it_last_and_stays_over_a_refresh() {
    let (_dir, profile) = profile();
    let sign_in = |server: &str, username: &str| {
        let kept = KeptSession::new(profile.clone(), None).called(Some("work".to_owned()));
        kept.save(&session(server, username, "t1")).unwrap();
        kept
    };
    sign_in("http://a.example", "ann");
    let bens = sign_in("http://b.example", "ben");

    bens.save(&session("http://b.example", "ben", "t2"))
        .unwrap();

    let names = profile.accounts().unwrap().into_iter();
    let names: Vec<_> = names
        .map(|account| (account.session.username, account.name))
        .collect();
    let work = Some("work".to_owned());
    assert_eq!(names, [("ann".to_owned(), None), ("ben".to_owned(), work)]);
}

#[test]
fn another_is_meant_by_name_or_by_who_it_is_where_that_is_one() {
    let (_dir, profile) = profile();
    sign_in(&profile, "http://a.example", "ann");
    sign_in(&profile, "http://a.example", "ben");
    sign_in(&profile, "http://b.example", "ben");
    let a: Url = "http://a.example".parse().unwrap();

    assert_eq!(profile.switch("ben", None).unwrap_err().exit_code(), 6);
    assert_eq!(profile.switch("eve", None).unwrap_err().exit_code(), 3);
    profile.switch("ann", None).unwrap();

    assert_eq!(profile.server(None).unwrap(), a);
    assert_eq!(profile.session(&a, None).unwrap().unwrap().username, "ann");
    profile.switch("ben", Some(&a)).unwrap();
    assert_eq!(profile.session(&a, None).unwrap().unwrap().username, "ben");
}

#[test]
fn a_profile_is_at_its_own_server_whichever_was_used_last() {
    let (_dir, profile) = profile();
    let staging = KeptSession::new(profile.clone(), None).called(Some("staging".to_owned()));
    staging
        .save(&session("http://staging.example", "ann", "t1"))
        .unwrap();
    sign_in(&profile, "http://prod.example", "ann");
    let global = |words: &[&str]| {
        let words = [&["chat"], words, &["stats"]].concat();
        Cli::try_parse_from(words).unwrap().global
    };
    let is_at = |found: Result<Url>, place: &str| found.unwrap() == place.parse().unwrap();

    let named = global(&["--profile", "staging"]);
    assert!(is_at(profile.place(&named), "http://staging.example"));
    assert!(is_at(profile.door(&named), "http://staging.example"));
    assert!(is_at(profile.place(&global(&[])), "http://prod.example"));
    assert!(profile.place(&global(&["--profile", "moon"])).is_err());

    // Who signs in may give a name that nobody has yet, and takes nobody's away.
    assert!(is_at(
        profile.door(&global(&["--profile", "moon"])),
        "http://prod.example"
    ));
    let taken = ["--profile", "staging", "--server", "http://prod.example"];
    assert_eq!(profile.door(&global(&taken)).unwrap_err().exit_code(), 6);
}
