//! Conversations, members and invites from a shell.

use super::house::{House, text_of};
use serde_json::{Value, json};

#[tokio::test]
async fn a_group_is_changed_by_its_title() {
    let house = House::open().await;
    house.group("Friday climbing").await;
    let rename = ["conversation", "rename", "Friday climbing", "Climbing"];
    house.ann(&rename).await;

    house
        .typed("ann", "conversation describe Climbing shoes")
        .await;
    let timed = house.typed("ann", "conversation ttl Climbing 7d").await;
    let kept = house.typed("ann", "conversation ttl Climbing off").await;
    let bad = ["conversation", "ttl", "Climbing", "1s"];
    let refused = ["conversation", "rename", "Climbing", "Mine"];

    let seen = house.typed("ben", "conversation show Climbing").await;
    assert_eq!(
        (&seen[0]["title"], &seen[0]["description"]),
        (&json!("Climbing"), &json!("shoes"))
    );
    let ttl = [&timed, &kept].map(|one| &one[0]["message_ttl_s"]);
    assert_eq!(ttl, [&json!(604_800), &Value::Null]);
    assert_eq!(house.run("ann", &bad).await.code, Some(2));
    assert_eq!(house.run("ben", &refused).await.code, Some(4));
}

#[tokio::test]
async fn a_channel_is_opened_without_anybody_and_with_a_timer() {
    let house = House::open().await;

    let words = [
        "conversation",
        "create",
        "--kind",
        "channel",
        "--title",
        "News",
        "--ttl",
        "30d",
    ];
    let opened = house.ann(&words).await;
    let table = house
        .run("ann", &["conversation", "list", "-o", "table"])
        .await
        .ok();

    assert_eq!(
        (&opened[0]["kind"], &opened[0]["message_ttl_s"]),
        (&json!("channel"), &json!(2_592_000))
    );
    assert!(table.contains("channel  News"), "{table}");
}

#[tokio::test]
async fn what_one_sets_for_oneself_is_set_for_nobody_else() {
    let house = House::open().await;
    house.group("Climbing").await;

    house
        .ben(&["conversation", "mute", "Climbing", "--for", "8h"])
        .await;
    house.ben(&["conversation", "pin", "Climbing"]).await;
    house.ben(&["conversation", "archive", "Climbing"]).await;
    let set = house.ben(&["conversation", "show", "Climbing"]).await[0]["my"]["prefs"].clone();
    house
        .ben(&["conversation", "mute", "Climbing", "--off"])
        .await;
    house
        .ben(&["conversation", "pin", "Climbing", "--off"])
        .await;
    let off = house
        .ben(&["conversation", "archive", "Climbing", "--off"])
        .await;
    let other = house.ann(&["conversation", "show", "Climbing"]).await;

    assert!(set["muted_until"].is_string(), "{set}");
    assert_eq!(
        (&set["pinned"], &set["archived"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(off, [json!({"pinned": false, "archived": false})]);
    assert_eq!(
        other[0]["my"]["prefs"],
        json!({"pinned": false, "archived": false})
    );
}

#[tokio::test]
async fn the_list_shows_what_one_has_set_pinned_ones_first_and_put_away_ones_last() {
    let house = House::open().await;
    for title in ["Old", "Climbing", "Kitchen", "New"] {
        house.group(title).await;
    }

    for words in [
        ["pin", "Old"].as_slice(),
        &["mute", "Old"],
        &["archive", "New"],
        &["nickname", "Kitchen", "Cooks"],
        &["draft", "Climbing", "see you"],
    ] {
        house.ben(&[&["conversation"], words].concat()).await;
    }

    let listed = house.ben(&["conversation", "list"]).await;
    let titles: Vec<_> = listed.iter().map(|one| &one["title"]).collect();
    assert_eq!(titles, ["Old", "Kitchen", "Climbing", "New"]);
    let words = ["conversation", "list", "-n", "3", "-o", "table"];
    let table = house.run("ben", &words).await.ok();
    let lines: Vec<_> = table.lines().map(str::trim_end).collect();
    assert!(lines[1].contains("pinned, muted"), "{table}");
    assert!(
        lines[2].contains("Cooks") && !lines[2].contains("Kitchen"),
        "{table}"
    );
    assert!(lines[3].contains("draft: see you"), "{table}");
    let found = house.ben(&["conversation", "show", "Cooks"]).await;
    assert_eq!(
        found[0]["title"], "Kitchen",
        "it is found by that name, too"
    );
}

#[tokio::test]
async fn what_was_read_is_unread_again() {
    let house = House::open().await;
    house.group("Climbing").await;
    for text in ["one", "two", "three"] {
        house.say("Climbing", text).await;
    }

    let read = house.ben(&["conversation", "read", "Climbing"]).await;
    let unread = house.ben(&["conversation", "unread", "Climbing"]).await;
    let words = ["conversation", "unread", "Climbing", "--from", "2"];
    let more = house.ben(&words).await;

    let counts = [&read, &unread, &more].map(|marks| &marks[0]["unread_count"]);
    assert_eq!(counts, [0, 1, 2]);
    let listed = house.ben(&["conversation", "list"]).await;
    assert_eq!(listed[0]["my"]["unread_count"], 2);
}

#[tokio::test]
async fn members_come_get_roles_and_leave() {
    let house = House::open().await;
    super::create(&house.home, "eve", &[]).await;
    house.group("Climbing").await;

    let added = house.typed("ann", "member add Climbing eve").await;
    let role = house.typed("ann", "member role Climbing ben admin").await;
    house.typed("ann", "member remove Climbing eve").await;
    house.typed("ben", "conversation leave Climbing").await;

    assert_eq!((added.len(), &role[0]["role"]), (1, &json!("admin")));
    let left = house.typed("ann", "member list Climbing").await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["user"]["username"], "ann");
}

#[tokio::test]
async fn who_is_banned_is_kept_out_until_that_is_over() {
    let house = House::open().await;
    house.group("Climbing").await;

    let ban = "member ban Climbing ben --reason shoes";
    let banned = house.typed("ann", ban).await;
    let kept_out = house.typed("ann", "member list Climbing --banned").await;
    let add = ["member", "add", "Climbing", "ben"];
    let refused = house.run("ann", &add).await;
    house.typed("ann", "member unban Climbing ben").await;
    let back = house.ann(&add).await;

    assert_eq!(
        (&banned[0]["reason"], &banned),
        (&json!("shoes"), &kept_out)
    );
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert_eq!(back.len(), 1, "{back:?}");
}

#[tokio::test]
async fn an_invite_lets_in_until_it_is_ended() {
    let house = House::open().await;
    house
        .ann(&["conversation", "create", "--title", "Climbing"])
        .await;

    let words = [
        "invite",
        "create",
        "Climbing",
        "--expires",
        "7d",
        "--uses",
        "10",
    ];
    let code = text_of(&house.ann(&words).await[0], "code");
    let shown = house.ben(&["invite", "show", &code]).await;
    let joined = house.ben(&["invite", "join", &code]).await;
    let listed = house.ann(&["invite", "list", "Climbing"]).await;
    house
        .run("ann", &["invite", "delete", "Climbing", &code])
        .await
        .ok();
    let ended = house.run("ben", &["invite", "show", &code]).await;

    assert_eq!(
        (&shown[0]["title"], &joined[0]["member_count"]),
        (&json!("Climbing"), &json!(2))
    );
    assert_eq!(
        (&listed[0]["uses"], &listed[0]["max_uses"]),
        (&json!(1), &json!(10))
    );
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

#[tokio::test]
async fn deleting_for_everyone_needs_the_name_again() {
    let house = House::open().await;
    house.group("Climbing").await;
    let words = ["conversation", "delete", "Climbing", "--as", "ann"];

    let asked = house.home.run(&words).await;
    let wrong = [&words[..], &["--confirm", "Climb"]].concat();
    house.home.run(&wrong).await.failed(2);
    let still = house.ben(&["conversation", "list"]).await;
    house
        .home
        .run(&[&words[..], &["--confirm", "Climbing"]].concat())
        .await
        .ok();

    assert!(asked.failed(2).contains("--confirm"), "{asked:?}");
    assert_eq!(still.len(), 1);
    assert_eq!(
        house.ben(&["conversation", "list"]).await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn to_leave_as_the_last_is_to_delete_and_is_asked_about_so() {
    let house = House::open().await;
    house.group("Climbing").await;
    house.say("Climbing", "hi").await;
    let leave = ["conversation", "leave", "Climbing"];
    let confirmed = [&leave[..], &["--confirm", "Climbing"]].concat();

    // Not the last, so nothing is lost.
    house.run("ben", &leave).await.ok();
    let unasked = house.run("ann", &leave).await;
    let rehearsed = house
        .run("ann", &[&leave[..], &["--dry-run"]].concat())
        .await;
    let wrong = house
        .run("ann", &[&leave[..], &["--confirm", "Climb"]].concat())
        .await;
    let kept = house.typed("ann", "conversation list").await;
    house.run("ann", &confirmed).await.ok();

    assert!(unasked.failed(2).contains("deletes it"), "{unasked:?}");
    assert!(rehearsed.stderr.contains("deletes it"), "{rehearsed:?}");
    assert_eq!((wrong.code, kept.len()), (Some(2), 1), "{wrong:?}");
    let any = house.typed("ann", "conversation list --any").await;
    assert_eq!(any, Vec::<Value>::new());
}
