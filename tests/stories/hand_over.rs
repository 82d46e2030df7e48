//! Handing over: a group always has an owner, whatever its owners do, even at the same time.

use chat_core::MemberRole;
use chat_tests::{Device, Person, Server};
use futures_util::future::{join, join_all};
use serde_json::json;

#[tokio::test]
async fn an_owner_hands_over_and_steps_back() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut devices = [Device::live(&ann).await, Device::away(&bob).await];

    ann.promote(group, &bob, "owner").await.ok();
    ann.promote(group, &ann, "member").await.ok();

    assert_eq!(bob.look(group).await.my.role, MemberRole::Owner);
    assert_eq!(ann.look(group).await.my.role, MemberRole::Member);
    assert_eq!(
        ann.promote(group, &ann, "owner").await.problem(),
        (403, "forbidden")
    );
    assert_eq!(
        bob.promote(group, &bob, "admin").await.problem(),
        (409, "last_owner")
    );
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn of_two_owners_who_go_at_once_one_stays() {
    for action in ["leave", "step back", "take each other out"] {
        let server = Server::start().await;
        let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
        let group = ann.group(&[&bob, &eve]).await;
        ann.promote(group, &bob, "owner").await.ok();
        let go = async |who: &Person, other: &Person| match action {
            "leave" => who.leave(group).await.status,
            "step back" => who.promote(group, who, "member").await.status,
            _ => who.remove(group, other).await.status,
        };

        let (one, other) = join(go(&ann, &bob), go(&bob, &ann)).await;

        let done = [one, other].iter().filter(|status| **status < 300).count();
        assert_eq!(done, 1, "{action}: {one} and {other}");
        let members = eve.look(group).await.members;
        let owners = members
            .iter()
            .filter(|member| member.role == MemberRole::Owner);
        assert_eq!(owners.count(), 1, "{action}");
    }
}

#[tokio::test]
async fn an_owner_who_is_switched_off_looks_after_nobody() {
    let server = Server::start().await;
    let boss = server.admin("boss").await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let other = ann.group(&[&bob, &eve]).await;
    for place in [group, other] {
        ann.promote(place, &bob, "owner").await.ok();
    }
    let off = json!({"disabled": true});
    boss.patch(&format!("/admin/users/{}", bob.id), off)
        .await
        .ok();

    let left = ann.leave(group).await;
    let stepped_back = ann.promote(group, &ann, "member").await;

    assert_eq!(left.problem(), (409, "last_owner"));
    assert_eq!(stepped_back.problem(), (409, "last_owner"));
    assert_eq!(ann.remove(group, &bob).await.status, 204);
    ann.promote(group, &eve, "owner").await.ok();
    assert_eq!(ann.leave(group).await.status, 204);
    let gone = ann.door.call("DELETE", "/users/me", Some(json!({}))).await;
    assert_eq!(gone.status, 204);
    assert_eq!(eve.look(other).await.my.role, MemberRole::Owner);
}

#[tokio::test]
async fn sixteen_at_once_leave_one_owner() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut owners = vec![ann.clone()];
    let group = ann.group(&[]).await;
    for nth in 0..15 {
        let who = server.person(&format!("person{nth:02}")).await;
        ann.add(group, &who).await.ok();
        ann.promote(group, &who, "owner").await.ok();
        owners.push(who);
    }
    let eve = server.person("eve").await;
    ann.add(group, &eve).await.ok();

    let left = join_all(owners.iter().map(|who| who.leave(group))).await;

    let stayed = left.iter().filter(|answer| answer.status == 409).count();
    assert_eq!(stayed, 1);
    let members = eve
        .get(&format!("/conversations/{group}/members"))
        .await
        .ok();
    let roles: Vec<_> = members["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["role"])
        .collect();
    assert_eq!(roles.len(), 2);
    assert!(roles.contains(&&json!("owner")), "{roles:?}");
}

#[tokio::test]
async fn an_owner_bans_no_last_owner_and_deletes_for_all() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    ann.promote(group, &bob, "owner").await.ok();
    let path = format!("/conversations/{group}");
    let mut away = Device::away(&eve).await;

    ann.put(&format!("{path}/bans/{}", bob.id), json!({}))
        .await
        .ok();
    assert_eq!(ann.leave(group).await.problem(), (409, "last_owner"));
    assert_eq!(eve.delete(&path).await.problem(), (403, "forbidden"));
    assert_eq!(bob.delete(&path).await.problem(), (404, "not_found"));
    assert_eq!(ann.delete(&path).await.status, 204);

    assert_eq!(eve.get(&path).await.status, 404);
    away.expect_fresh().await;
    assert!(away.state.conversation(group).is_none());
}
