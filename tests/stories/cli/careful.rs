//! What cannot be undone, what is done to many, and what is only rehearsed.

use super::house::{House, text_of};
use chat_tests::Ended;
use serde_json::json;

#[tokio::test]
async fn a_rehearsal_looks_everything_up_and_changes_nothing() {
    let house = House::open().await;
    house.group("Climbing").await;
    let said = house.say("Climbing", "hello").await;

    for words in [
        &["user", "disable", "ben"][..],
        &["user", "delete", "ben"],
        &["user", "create", "eve", "--remote"],
        &["conversation", "delete", "Climbing"],
        &["conversation", "create", "ben"],
        &["message", "delete", &said],
        &["message", "send", "@ben", "hi"],
        &["member", "remove", "Climbing", "ben"],
    ] {
        let ended = house.run("ann", &[words, &["--dry-run"]].concat()).await;
        let is_told = ended.stderr.contains("nothing was done");
        assert!(is_told, "{words:?}: {ended:?}");
        assert_eq!(ended.ok(), "", "{words:?}");
    }

    assert_eq!(house.ben(&["conversation", "list"]).await.len(), 1);
    assert_eq!(house.ann(&["user", "list", "--accounts"]).await.len(), 2);
    let shown = house.ann(&["message", "show", &said]).await;
    assert_eq!(
        (&shown[0]["content"], &shown[0]["deleted_at"]),
        (&json!("hello"), &json!(null))
    );
}

#[tokio::test]
async fn many_are_done_one_by_one_and_what_failed_is_named() {
    let house = House::open().await;
    house.group("Climbing").await;
    let (one, other) = (
        house.say("Climbing", "1").await,
        house.say("Climbing", "2").await,
    );
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";

    let ended = house
        .run(
            "ann",
            &["message", "delete", &one, unknown, &other, "--confirm", "3"],
        )
        .await;

    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 2, "{ended:?}");
    assert!(
        ended.stderr.contains(unknown) && ended.stderr.contains("2 deleted, 1 failed"),
        "{ended:?}"
    );
    for id in [&one, &other] {
        let shown = house.ann(&["message", "show", id]).await;
        assert!(shown[0]["deleted_at"].is_string(), "{shown:?}");
    }
}

#[tokio::test]
async fn several_messages_and_those_of_others_go_when_their_number_is_said() {
    let house = House::open().await;
    house.group("Climbing").await;
    let said = [
        house.say("Climbing", "1").await,
        house.say("Climbing", "2").await,
    ];
    let delete = ["message", "delete", &said[0]];

    for more in [&[&said[1][..]][..], &["--any"]] {
        let refused = house.run("ann", &[&delete[..], more].concat()).await;
        let count = if more == ["--any"] { "1" } else { "2" };
        assert!(
            refused.failed(2).contains(&format!("--confirm {count:?}")),
            "{refused:?}"
        );
        let wrong = [&delete[..], more, &["--confirm", "7"]].concat();
        house.run("ann", &wrong).await.failed(2);
    }

    let shown = house.ann(&["message", "list", "Climbing"]).await;
    assert!(
        shown.iter().all(|one| one["deleted_at"].is_null()),
        "{shown:?}"
    );
    let any = [&delete[..], &["--any", "--confirm", "1"]].concat();
    house.run("ann", &any).await.ok();
}

#[tokio::test]
async fn what_could_not_be_done_is_told_by_a_rehearsal_too() {
    let house = House::open().await;

    let unknown = ["user", "disable", "nobody", "--dry-run"];
    let refused = house.run("ann", &["auth", "logout", "--dry-run"]).await;

    assert_eq!(house.run("ann", &unknown).await.code, Some(3));
    let said = refused.failed(2);
    assert!(said.contains("does not know --dry-run"), "{said}");
}

const PEOPLE: &str = "username,email,display_name,role\n\
    chloe,chloe@example.org,Chloé,\nno good,,,\nben,,,\nyuki,,雪,admin\n";

/// Imports the people above.
async fn import(house: &House, more: &[&str]) -> Ended {
    let words = ["user", "import", "-", "--as", "ann"];
    house
        .home
        .run_with(&[&words[..], more].concat(), PEOPLE)
        .await
}

#[tokio::test]
async fn people_are_imported_line_by_line() {
    let house = House::open().await;

    let ended = import(&house, &["--generate-passwords"]).await;

    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 2, "{ended:?}");
    for line in ["line 3", "line 4"] {
        assert!(ended.stderr.contains(line), "{ended:?}");
    }
    let made = house.ann(&["user", "show", "yuki", "--account"]).await;
    assert_eq!(
        (&made[0]["display_name"], &made[0]["role"]),
        (&json!("雪"), &json!("admin"))
    );
}

#[tokio::test]
async fn the_same_people_again_are_there_and_a_rehearsal_makes_nobody() {
    let house = House::open().await;

    let rehearsed = import(&house, &["--dry-run"]).await;
    let before = house.ann(&["user", "list", "--accounts"]).await;
    import(&house, &[]).await;
    let again = import(&house, &["--exists-ok"]).await;

    assert_eq!(rehearsed.code, Some(5), "{rehearsed:?}");
    assert!(rehearsed.stderr.contains("line 3"), "{rehearsed:?}");
    assert_eq!((rehearsed.stdout.as_str(), before.len()), ("", 2));
    assert!(again.stdout.contains("\"exists\""), "{again:?}");
    assert!(again.stderr.contains("1 failed"), "{again:?}");
}

#[tokio::test]
async fn an_imported_password_lets_one_in() {
    let house = House::open().await;
    let import = ["user", "import", "-", "--generate-passwords", "--as", "ann"];
    let made = house
        .home
        .run_with(&import, "{\"username\": \"chloe\"}\n")
        .await
        .json();
    let password = text_of(&made[0], "password");

    let login = ["auth", "login", "chloe", "--server", &house.server.url()];
    house
        .home
        .run_with(&login, &format!("{password}\n"))
        .await
        .ok();

    assert_eq!(
        house.run("chloe", &["profile", "show"]).await.json()[0]["username"],
        "chloe"
    );
}

#[tokio::test]
async fn a_wrong_heading_makes_nobody() {
    let house = House::open().await;

    let import = ["user", "import", "-", "--as", "ann"];
    let refused = house
        .home
        .run_with(&import, "username,mail\nchloe,x\n")
        .await;

    assert!(
        refused.failed(2).contains("\"mail\" is no column"),
        "{refused:?}"
    );
    assert_eq!(house.ann(&["user", "list", "--accounts"]).await.len(), 2);
}

#[tokio::test]
async fn an_account_is_updated_by_who_looks_after_it() {
    let house = House::open().await;

    let changed = house
        .ann(&[
            "user",
            "update",
            "ben",
            "--display-name",
            "Ben Okafor",
            "--email",
            "ben@example.org",
        ])
        .await;
    let nothing = house.run("ann", &["user", "update", "ben"]).await;

    assert_eq!(
        (&changed[0]["display_name"], &changed[0]["email"]),
        (&json!("Ben Okafor"), &json!("ben@example.org"))
    );
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
}
