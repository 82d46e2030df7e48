//! Accounts, the audit log and the server in numbers, as somebody who looks after the server from a shell.

use super::house::{House, text_of};
use chat_tests::sdk;
use serde_json::{Value, json};

#[tokio::test]
async fn accounts_are_listed_made_and_given_roles_over_the_network() {
    let house = House::open().await;
    let create = [
        "user",
        "create",
        "eve",
        "--remote",
        "--as",
        "ann",
        "--email",
        "eve@example.org",
    ];

    let made = house
        .home
        .run_with(&create, &format!("{}\n", sdk::PASSWORD))
        .await
        .json();
    let bot = house
        .ann(&[
            "user",
            "create",
            "robot",
            "--remote",
            "--bot",
            "--no-password",
        ])
        .await;
    let role = house.ann(&["user", "role", "eve", "admin"]).await;
    let admins = house
        .ann(&["user", "list", "--accounts", "--role", "admin"])
        .await;
    let shown = house.ann(&["user", "show", "eve", "--account"]).await;
    let refused = house.run("ben", &["user", "list", "--accounts"]).await;

    assert_eq!(
        (&made[0]["username"], &bot[0]["is_bot"]),
        (&json!("eve"), &json!(true))
    );
    assert_eq!(role[0]["role"], "admin");
    let names: Vec<&Value> = admins.iter().map(|one| &one["username"]).collect();
    assert_eq!(names, ["ann", "eve"]);
    assert_eq!(
        (&shown[0]["email"], &shown[0]["session_count"]),
        (&json!("eve@example.org"), &json!(0))
    );
    assert_eq!(refused.code, Some(4), "{refused:?}");
}

#[tokio::test]
async fn an_account_is_switched_off_and_on_and_deleted() {
    let house = House::open().await;

    let off = house
        .ann(&["user", "disable", "ben", "--reason", "sells shoes"])
        .await;
    let shut = house.run("ben", &["profile", "show"]).await;
    let on = house.ann(&["user", "enable", "ben"]).await;
    let asked = house.run("ann", &["user", "delete", "ben"]).await;
    house
        .run("ann", &["user", "delete", "ben", "--confirm", "ben"])
        .await
        .ok();
    let gone = house.run("ann", &["user", "role", "ben", "admin"]).await;

    assert!(
        off[0]["disabled_at"].is_string() && on[0].get("disabled_at").is_none(),
        "{off:?}"
    );
    assert_eq!(off[0]["disabled_reason"], "sells shoes");
    assert_eq!(shut.code, Some(4), "{shut:?}");
    assert!(asked.failed(2).contains("--confirm"), "{asked:?}");
    assert_eq!(gone.code, Some(3), "{gone:?}");
}

#[tokio::test]
async fn an_account_is_signed_out_everywhere() {
    let house = House::open().await;

    let before = house.ann(&["user", "sessions", "ben"]).await;
    house
        .run("ann", &["user", "sessions", "ben", "--end"])
        .await
        .ok();
    let after = house.ann(&["user", "sessions", "ben"]).await;

    assert_eq!((before.len(), after.len()), (1, 0));
    assert_eq!(house.run("ben", &["profile", "show"]).await.code, Some(4));
}

#[tokio::test]
async fn conversations_and_messages_of_others_are_seen_from_outside_and_deleted() {
    let house = House::open().await;
    super::create(&house.home, "eve", &[]).await;
    house
        .ben(&["conversation", "create", "--title", "Shoes", "eve"])
        .await;
    let words = ["message", "send", "Shoes", "buy shoes", "-o", "ids"];
    let said = house.run("ben", &words).await.ok();

    let of = ["conversation", "list", "--any", "--of", "eve"];
    let listed = house.ann(&of).await;
    let shown = house.ann(&["conversation", "show", "Shoes", "--any"]).await;
    let refused = house.run("ben", &of).await;
    let words = [
        "message",
        "delete",
        said.trim(),
        "--any",
        "--confirm",
        "1",
        "--reason",
        "spam",
    ];
    house.run("ann", &words).await.ok();
    let left = house.ben(&["message", "list", "Shoes"]).await;
    let words = [
        "conversation",
        "delete",
        "Shoes",
        "--any",
        "--confirm",
        "Shoes",
    ];
    house.run("ann", &words).await.ok();

    assert_eq!((listed.len(), &listed), (1, &shown));
    assert_eq!(shown[0]["message_count"], 1);
    assert!(shown[0].get("last_message").is_none(), "{shown:?}");
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(left[0]["deleted_at"].is_string(), "{left:?}");
    assert_eq!(house.ben(&["conversation", "list"]).await.len(), 0);
    let deeds = house
        .ann(&["audit", "list", "--action", "admin.message"])
        .await;
    assert_eq!((deeds.len(), &deeds[0]["detail"]), (1, &json!("spam")));
}

#[tokio::test]
async fn what_an_admin_did_is_in_the_audit_log() {
    let house = House::open().await;
    house
        .ann(&["user", "disable", "ben", "--reason", "sells shoes"])
        .await;

    let all = house
        .ann(&["audit", "list", "--by", "ann", "--action", "admin.user"])
        .await;
    let table = house
        .run("ann", &["audit", "list", "-n", "1", "-o", "table"])
        .await
        .ok();
    let refused = house.home.run(&["audit", "list"]).await;

    assert_eq!(
        (all.len(), &all[0]["action"]),
        (1, &json!("admin.user.change"))
    );
    assert!(table.contains("127.0.0.1"), "{table}");
    assert_eq!(refused.code, Some(4), "{refused:?}");
}

#[tokio::test]
async fn the_server_is_shown_in_numbers() {
    let house = House::open().await;
    house.say("@ben", "at seven").await;

    let stats = house.ann(&["stats"]).await;
    let card = house.run("ann", &["stats", "-o", "table"]).await.ok();

    assert_eq!(
        (&stats[0]["users"], &stats[0]["messages"]),
        (&json!(2), &json!(1))
    );
    assert!(card.contains("database bytes"), "{card}");
    let names = stats[0].as_object().expect("an object").keys();
    let names: std::collections::BTreeSet<_> = names.map(String::as_str).collect();
    let known = "attachment_bytes attachments conversations database_bytes messages messages_day messages_month \
        reports_open sessions sockets started_at users users_active_day users_active_month users_disabled users_new_day \
        users_new_month version";
    assert_eq!(names, known.split_whitespace().collect());
    assert_eq!(house.run("ben", &["stats"]).await.code, Some(4));
}

#[tokio::test]
async fn the_audit_log_is_read_from_a_moment_on() {
    let house = House::open().await;
    house.ann(&["user", "disable", "ben"]).await;
    let all = house.ann(&["audit", "list"]).await;
    let first = text_of(&all[0], "at");
    house.ann(&["user", "enable", "ben"]).await;
    let since = async |moment: &str| house.ann(&["audit", "list", "--since", moment]).await;

    assert_eq!(since("1h").await.len(), all.len() + 1);
    let later = since(&first).await;
    assert!(later.len() < all.len() + 1 && later.len() > 1, "{later:?}");
    assert!(since("2999-01-01").await.is_empty());
    let wrong = ["audit", "list", "--since", "tomorrow"];
    assert_eq!(house.run("ann", &wrong).await.code, Some(2));
}
