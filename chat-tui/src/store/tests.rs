//! What is kept is found again, by its owner only.

use super::*;
use chat_core::{ConversationId, Secret, SessionId, Timestamp, UserId};
use uuid::Uuid;

fn session(server: &str, username: &str) -> SavedSession {
    SavedSession {
        server: server.parse().unwrap(),
        user_id: UserId::new(Uuid::from_u128(1)),
        username: username.to_owned(),
        session_id: SessionId::new(Uuid::from_u128(2)),
        access_token: Secret::new("access"),
        refresh_token: Secret::new("refresh"),
        expires_at: Timestamp::from_ms(0),
    }
}

#[test]
fn a_session_is_found_by_server_and_user_until_it_is_cleared() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let here: Url = "http://127.0.0.1:8000".parse().unwrap();
    let there: Url = "https://chat.example.org/".parse().unwrap();
    let (ann, bo) = (session(here.as_str(), "ann"), session(here.as_str(), "bo"));
    let keeper = sessions.keeper(&here, None);
    keeper.save(&ann).unwrap();
    sessions.keeper(&here, None).save(&bo).unwrap();

    assert_eq!(sessions.find(&here, Some("ann")), Some(ann.clone()));
    assert_eq!(sessions.find(&here, Some("bo")), Some(bo.clone()));
    assert_eq!(sessions.find(&there, None), None);
    assert_eq!(keeper.load().unwrap(), Some(ann));

    keeper.clear().unwrap();
    keeper.clear().unwrap();
    assert_eq!(sessions.find(&here, None), Some(bo));
}

#[test]
fn who_is_taken_without_a_name_is_who_was_used_last_and_not_who_signed_in_last() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let here: Url = "http://127.0.0.1:8000".parse().unwrap();
    let (ann, bo) = (session(here.as_str(), "ann"), session(here.as_str(), "bo"));
    for one in [&ann, &bo] {
        sessions.keeper(&here, None).save(one).unwrap();
        let path = file_of(&sessions.of_server(&here), &one.username);
        let file = fs::File::options().append(true).open(path).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        file.set_modified(long_ago).unwrap();
    }

    sessions.touch(&ann);
    assert_eq!(sessions.find(&here, None), Some(ann));
    sessions.touch(&bo);
    assert_eq!(sessions.find(&here, None), Some(bo));
}

#[test]
fn a_hostile_username_stays_inside_the_directory() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let hostile = session("http://127.0.0.1:8000", "../../evil");

    sessions
        .keeper(&hostile.server, None)
        .save(&hostile)
        .unwrap();

    let inside = sessions
        .of_server(&hostile.server)
        .join("_2e_2e_2f_2e_2e_2fevil.json");
    assert!(inside.is_file());
}

#[test]
fn no_two_names_share_a_file_and_a_slash_at_the_end_makes_no_other_server() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let saved = "https://h/x";
    let names = ["анна", "мари", "a_b", "a.b", "A", "a", "_41"];
    for name in names {
        let session = session(saved, name);
        sessions
            .keeper(&session.server, None)
            .save(&session)
            .unwrap();
    }

    let typed: Url = "https://h/x/".parse().unwrap();
    for name in names {
        let found = sessions.find(&typed, Some(name));
        assert_eq!(found, Some(session(saved, name)));
    }
}

#[test]
fn long_addresses_are_told_apart_by_their_ends() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let long = format!("https://h/{}", "x".repeat(400));
    let (one, other) = (
        session(&format!("{long}1"), "ann"),
        session(&format!("{long}2"), "ann"),
    );
    for session in [&one, &other] {
        sessions
            .keeper(&session.server, None)
            .save(session)
            .unwrap();
    }

    assert_eq!(sessions.find(&one.server, None), Some(one));
    assert_eq!(sessions.find(&other.server, None), Some(other));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let ann = session("http://127.0.0.1:8000", "ann");
    sessions.keeper(&ann.server, None).save(&ann).unwrap();

    let directory = sessions.of_server(&ann.server);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&file_of(&directory, "ann")), 0o600);
}

#[tokio::test]
async fn one_program_at_a_time_holds_what_is_known() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let ann = session("http://127.0.0.1:8000", "ann");

    let held = sessions.hold(&ann).await.unwrap();
    let second = sessions.hold(&ann).await.unwrap_err();
    assert!(second.contains("open in another terminal"), "{second}");

    drop(held);
    sessions.hold(&ann).await.unwrap();
}

#[test]
fn accounts_are_listed_whatever_their_server() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    for (server, user) in [("https://b.test/", "bo"), ("https://a.test/", "ann")] {
        let session = session(server, user);
        sessions
            .keeper(&session.server, None)
            .save(&session)
            .unwrap();
    }

    let found = sessions.accounts();
    let found: Vec<_> = found
        .iter()
        .map(|(s, u)| (s.as_str(), u.as_str()))
        .collect();
    assert_eq!(
        found,
        [("https://a.test/", "ann"), ("https://b.test/", "bo")]
    );
}

#[test]
fn what_an_editor_had_when_the_program_died_is_found_by_one_and_not_while_it_lives() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let here = ConversationId::new(Uuid::from_u128(7));
    let lives = sessions.write_draft(here, "plain").unwrap();
    fs::write(lives.path(), "pretty\n").unwrap();
    assert!(sessions.left_drafts().is_empty());

    drop(lives);
    let [left] = <[_; 1]>::try_from(sessions.left_drafts()).unwrap();
    assert!(sessions.left_drafts().is_empty(), "somebody has it");

    assert_eq!(left.conversation, here);
    for (draft, then) in [
        (None, "pretty"),
        (Some("plain"), "pretty"),
        (Some("pretty"), "pretty"),
        (Some("later"), "later\npretty"),
    ] {
        assert_eq!(left.as_draft(draft).unwrap().as_deref(), Some(then));
    }
    left.take_away();
    assert_eq!(fs::read_dir(home.path().join("known")).unwrap().count(), 0);
}

#[test]
fn a_draft_that_nobody_changed_or_that_was_told_of_is_not_taken_up() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::below(home.path());
    let here = ConversationId::new(Uuid::from_u128(7));
    drop(sessions.write_draft(here, "as it was").unwrap());
    let told = sessions.write_draft(here, "plain").unwrap();
    fs::write(told.path(), "given up").unwrap();

    let path = told.leave();

    let [left] = <[_; 1]>::try_from(sessions.left_drafts()).unwrap();
    assert_eq!(left.as_draft(Some("as it was")).unwrap(), None);
    assert_eq!(fs::read_to_string(path).unwrap(), "given up");
}
