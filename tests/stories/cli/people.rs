//! One's own account, settings, contacts and blocks from a shell.

use super::house::{House, text_of};
use chat_tests::sdk;
use serde_json::{Value, json};

#[tokio::test]
async fn a_profile_is_changed_and_others_see_it() {
    let house = House::open().await;

    let name = ["profile", "change", "--display-name", "Ben Lee"];
    let words = [&name[..], &["--bio", "I climb"]].concat();
    let changed = house.ben(&words).await;
    let nothing = house.run("ben", &["profile", "change"]).await;

    let seen = house.typed("ann", "user show ben").await;
    assert_eq!(
        (&seen[0]["display_name"], &seen[0]["bio"]),
        (&json!("Ben Lee"), &json!("I climb"))
    );
    assert_eq!(changed, house.typed("ben", "profile show").await);
    let table = ["profile", "show", "-o", "table"];
    let table = house.run("ben", &table).await.ok();
    let is_whole = table.contains("Ben Lee") && table.contains("settings.read marks");
    assert!(is_whole, "{table}");
    assert_eq!(nothing.code, Some(2), "a change names something");
}

#[tokio::test]
async fn settings_are_changed_one_by_one() {
    let house = House::open().await;

    let change = "settings change --presence contacts --read-marks false";
    house.typed("ben", change).await;
    let change = "settings change --notify mentions";
    house.typed("ben", change).await;

    let now = house.typed("ben", "settings show").await;
    for (name, value) in [
        ("presence", json!("contacts")),
        ("read_marks", json!(false)),
        ("notify", json!("mentions")),
        ("last_seen", json!("everyone")),
    ] {
        assert_eq!(now[0][name], value, "{name}");
    }
    let bad = ["settings", "change", "--presence", "friends"];
    let bad = house.run("ben", &bad).await;
    assert!(bad.failed(2).contains("friends"), "{bad:?}");
    assert!(bad.stderr.contains("everyone, contacts, nobody"));
}

#[tokio::test]
async fn contacts_and_blocks_come_and_go() {
    let house = House::open().await;

    let contact = house
        .ann(&["contact", "add", "ben", "--nickname", "Benny", "--favorite"])
        .await;
    let listed = house.ann(&["contact", "list"]).await;
    house.run("ann", &["contact", "remove", "@ben"]).await.ok();
    house.run("ann", &["block", "add", "ben"]).await.ok();
    let blocked = house.ann(&["block", "list"]).await;
    let refused = house
        .run("ben", &["message", "send", "@ann", "hello"])
        .await;
    house.run("ann", &["block", "remove", "ben"]).await.ok();

    assert_eq!(
        (&contact, &contact[0]["nickname"]),
        (&listed, &json!("Benny"))
    );
    assert_eq!(house.ann(&["contact", "list"]).await, Vec::<Value>::new());
    assert_eq!((blocked.len(), &blocked[0]["username"]), (1, &json!("ben")));
    assert_ne!(refused.code, Some(0), "{refused:?}");
    house.ben(&["message", "send", "@ann", "hello again"]).await;
}

#[tokio::test]
async fn favourites_come_first_among_the_contacts() {
    let house = House::open().await;
    for name in ["cleo", "dan"] {
        super::create(&house.home, name, &[]).await;
    }

    house.ann(&["contact", "add", "ben"]).await;
    house.ann(&["contact", "add", "dan", "--favorite"]).await;
    house.ann(&["contact", "add", "cleo", "--favorite"]).await;

    let listed = house.ann(&["contact", "list"]).await;
    let names: Vec<_> = listed.iter().map(|one| &one["user"]["username"]).collect();
    assert_eq!(names, ["cleo", "dan", "ben"]);
}

#[tokio::test]
async fn a_password_is_changed_from_two_lines_and_shown_nowhere() {
    let house = House::open().await;
    let url = house.server.url();
    let words = ["auth", "password", "change", "--as", "ben"];

    let one_line = house
        .home
        .run_with(&words, &format!("{}\n", sdk::PASSWORD))
        .await;
    let wrong = house
        .home
        .run_with(&words, "not the password\nanother password\n")
        .await;
    let lines = format!("{}\nanother password\n", sdk::PASSWORD);
    let changed = house.home.run_with(&words, &lines).await;
    let login = ["auth", "login", "ben", "--server", &url];

    assert!(
        one_line.failed(2).contains("the new password"),
        "{one_line:?}"
    );
    assert_eq!(wrong.code, Some(4), "{wrong:?}");
    assert!(!format!("{changed:?}{wrong:?}").contains("another password"));
    changed.ok();
    house.home.run_with(&login, "another password\n").await.ok();
    house.ben(&["profile", "show"]).await;
}

#[tokio::test]
async fn a_lost_password_is_set_by_the_token_of_a_link() {
    let house = House::open().await;
    let url = house.server.url();

    let link = house.ann(&["user", "reset-password", "ben"]).await;
    let lines = format!("{}\na third password\n", text_of(&link[0], "token"));
    house
        .home
        .run_with(&["auth", "password", "confirm"], &lines)
        .await
        .ok();
    let again = house
        .home
        .run_with(&["auth", "password", "confirm"], &lines)
        .await;
    let login = ["auth", "login", "ben", "--server", &url];

    house.home.run_with(&login, "a third password\n").await.ok();
    assert_ne!(again.code, Some(0), "a link is good for one use");
    let mailed = ["auth", "password", "reset", "nobody@example.org"];
    let said = house.home.run(&mailed).await;
    assert!(
        said.stderr.contains("if there is such an account"),
        "{said:?}"
    );
}

#[tokio::test]
async fn all_that_is_held_on_somebody_comes_into_a_file() {
    let house = House::open().await;
    house.say("@ben", "climbing at seven").await;
    let path = house.home.path().join("ann.jsonl").display().to_string();

    house
        .run("ann", &["profile", "export", "--to", &path])
        .await
        .ok();
    let piped = house.run("ann", &["profile", "export"]).await.ok();

    let kept = std::fs::read_to_string(path).expect("it was written");
    assert!(
        kept.contains("climbing at seven") && piped.contains("climbing at seven"),
        "{kept}"
    );
    assert!(
        kept.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}

#[tokio::test]
async fn an_account_is_deleted_with_its_password_and_this_machine_forgets_it() {
    let house = House::open().await;
    let words = ["profile", "delete", "--as", "ben"];

    let wrong = house.home.run_with(&words, "not the password\n").await;
    house.ben(&["profile", "show"]).await;
    house
        .home
        .run_with(&words, &format!("{}\n", sdk::PASSWORD))
        .await
        .ok();

    assert_eq!(wrong.code, Some(4), "{wrong:?}");
    assert_eq!(house.run("ben", &["profile", "show"]).await.code, Some(4));
    assert_eq!(
        house.home.run(&["auth", "status"]).await.json().len(),
        1,
        "ann is left"
    );
}
