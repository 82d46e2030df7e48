//! Accounts, the audit log and the server in numbers, as somebody who looks after the server from a shell.

use super::house::{House, text_of};
use chat_tests::sdk;
use serde_json::{Value, json};

#[tokio::test]
async fn accounts_are_made_over_the_network() {
    let house = House::open().await;
    let create = ["user", "create", "eve", "--remote", "--as", "ann"];
    let words = [&create[..], &["--email", "eve@example.org"]].concat();
    let password = format!("{}\n", sdk::PASSWORD);

    let made = house.home.run_with(&words, &password).await.json();
    let bot = "user create robot --remote --bot --no-password";
    let bot = house.typed("ann", bot).await;

    assert_eq!(
        (&made[0]["username"], &bot[0]["is_bot"]),
        (&json!("eve"), &json!(true))
    );
    let shown = house.typed("ann", "user show eve --account").await;
    assert_eq!(
        (&shown[0]["email"], &shown[0]["session_count"]),
        (&json!("eve@example.org"), &json!(0))
    );
}

#[tokio::test]
async fn accounts_get_roles_and_only_admins_see_them() {
    let house = House::open().await;
    super::create(&house.home, "eve", &[]).await;

    let role = house.typed("ann", "user role eve admin").await;
    let admins = house
        .typed("ann", "user list --accounts --role admin")
        .await;
    let refused = house.run("ben", &["user", "list", "--accounts"]).await;

    assert_eq!(role[0]["role"], "admin");
    let names: Vec<&Value> = admins.iter().map(|one| &one["username"]).collect();
    assert_eq!(names, ["ann", "eve"]);
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

/// Ben and eve have a conversation that ann is not in; the message in it.
async fn shoes(house: &House) -> String {
    super::create(&house.home, "eve", &[]).await;
    let create = "conversation create --title Shoes eve";
    house.typed("ben", create).await;
    let sent = house.typed("ben", "message send Shoes cheap").await;
    text_of(&sent[0], "id")
}

#[tokio::test]
async fn conversations_of_others_are_seen_from_outside() {
    let house = House::open().await;
    shoes(&house).await;

    let listed = house.typed("ann", "conversation list --any --of eve").await;
    let shown = house.typed("ann", "conversation show Shoes --any").await;
    let refused = house.run("ben", &["conversation", "list", "--any"]).await;

    assert_eq!((listed.len(), &listed), (1, &shown));
    assert_eq!(shown[0]["message_count"], 1);
    assert!(shown[0].get("last_message").is_none(), "{shown:?}");
    assert_eq!(refused.code, Some(4), "{refused:?}");
}

#[tokio::test]
async fn conversations_and_messages_of_others_are_deleted_and_it_is_written_down_why() {
    let house = House::open().await;
    let said = shoes(&house).await;

    let delete = format!("message delete {said} --any --confirm 1 --reason spam");
    house.typed("ann", &delete).await;
    let left = house.typed("ben", "message list Shoes").await;
    let delete = "conversation delete Shoes --any --confirm Shoes";
    house.typed("ann", delete).await;

    assert!(left[0]["deleted_at"].is_string(), "{left:?}");
    assert_eq!(house.ben(&["conversation", "list"]).await.len(), 0);
    let deeds = "audit list --action admin.message";
    let deeds = house.typed("ann", deeds).await;
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
    let size = card.lines().find(|line| line.starts_with("database size"));
    assert!(size.is_some_and(|line| line.ends_with('B')), "{card}");
    assert!(card.contains("messages in 24 hours"), "{card}");
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

#[tokio::test]
async fn people_have_names_in_the_table_of_the_audit_log_and_are_found_by_them() {
    let house = House::open().await;
    let ben = text_of(&house.ann(&["user", "list", "ben"]).await[0], "id");
    house.ann(&["user", "disable", "ben"]).await;
    let list = async |target: &str, format: &str| {
        let words = ["audit", "list", "--target", target, "-o", format];
        house.run("ann", &words).await.ok()
    };

    let table = list("ben", "table").await;

    let row = table.lines().nth(1).expect("a row").to_owned();
    let [by, to] = ["ann", "ben"].map(|name| row.split_whitespace().any(|word| word == name));
    assert!(by && to && !table.contains(&ben), "{table}");
    assert!(list("ben", "csv").await.contains(&ben));
    assert_eq!(list("ben", "jsonl").await, list(&ben, "jsonl").await);
    let wrong = house.run("ann", &["audit", "list", "--target", "nobody"]);
    assert!(wrong.await.failed(3).contains("there is no account nobody"));
}

#[tokio::test]
async fn what_became_of_all_reports_is_in_one_list() {
    let house = House::open().await;
    let mut reports = Vec::new();
    for text in ["one", "two", "three"] {
        let sent = house.ben(&["message", "send", "@ann", text]).await;
        let words = ["message", "report", &text_of(&sent[0], "id"), "sells shoes"];
        reports.push(text_of(&house.ann(&words).await[0], "report_id"));
    }
    for (report, state) in [(&reports[0], "dismissed"), (&reports[2], "resolved")] {
        house.ann(&["report", "decide", report, state]).await;
    }

    let all = house.ann(&["report", "list", "--state", "all"]).await;
    let two = house
        .ann(&["report", "list", "--state", "all", "-n", "2"])
        .await;

    let ids: Vec<_> = all.iter().map(|one| text_of(one, "id")).collect();
    reports.reverse();
    assert_eq!(ids, reports);
    assert_eq!(two, all[..2]);
}

#[tokio::test]
async fn several_get_a_role_and_several_reports_are_decided_at_once() {
    let house = House::open().await;
    super::create(&house.home, "eve", &[]).await;
    house.group("Climbing").await;
    let mut reports = Vec::new();
    for text in ["one", "two"] {
        let said = house.say("Climbing", text).await;
        let report = house.ben(&["message", "report", &said, "spam"]).await;
        reports.push(text_of(&report[0], "report_id"));
    }

    let made = house
        .run("ann", &["user", "role", "ben", "nobody", "eve", "admin"])
        .await;
    let decide = [
        &["report", "decide"][..],
        &[&reports[0], &reports[1], "resolved"],
    ]
    .concat();
    let decided = house.ann(&decide).await;

    assert_eq!(made.code, Some(5), "{made:?}");
    assert_eq!(made.stderr.matches("error: ").count(), 2, "{made:?}");
    assert_eq!(
        made.stdout.matches("\"role\":\"admin\"").count(),
        2,
        "{made:?}"
    );
    assert_eq!(decided.len(), 2);
    assert!(decided.iter().all(|report| report["state"] == "resolved"));
    assert_eq!(house.ann(&["report", "list"]).await, Vec::<Value>::new());
}
