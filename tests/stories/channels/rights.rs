//! Every right, tried by every role in every kind of conversation, against the table in the core.

use chat_core::{ConversationId, ConversationKind, MemberRole, Right};
use chat_tests::{Answer, Person, Server};
use serde_json::json;

/// A conversation in which somebody has a role.
struct World {
    server: Server,
    kind: ConversationKind,
    role: MemberRole,
    /// Whoever tries.
    who: Person,
    /// Somebody who may write there.
    other: Person,
    /// A plain member.
    plain: Person,
    place: ConversationId,
}

async fn world(kind: ConversationKind, role: MemberRole) -> World {
    let server = Server::start().await;
    let [who, other, plain] = server.people(["who", "other", "plain"]).await;
    let place = match kind {
        ConversationKind::Direct => who.direct(&other).await,
        _ => {
            let ids = [who.id, plain.id];
            let body = json!({"kind": kind, "title": "Here", "member_ids": ids});
            let made = other.post("/conversations", body).await.ok();
            serde_json::from_value(made["id"].clone()).unwrap()
        }
    };
    if role > MemberRole::Member {
        let word = serde_json::to_value(role).unwrap();
        other
            .promote(place, &who, word.as_str().unwrap())
            .await
            .ok();
    }
    World {
        server,
        kind,
        role,
        who,
        other,
        plain,
        place,
    }
}

impl World {
    async fn attempt(&self, right: Right) -> Answer {
        let Self {
            server,
            who,
            other,
            plain,
            place,
            kind,
            ..
        } = self;
        let here = format!("/conversations/{place}");
        let message = other.say(*place, "something").await.id;
        let whom = match kind {
            ConversationKind::Direct => other,
            _ => plain,
        };
        match right {
            Right::Send => who.send(*place, json!({"content": "x"})).await,
            Right::MentionAll => self.name_all().await,
            Right::React => {
                who.put(&format!("/messages/{message}/reactions/👍"), json!({}))
                    .await
            }
            Right::Pin => {
                who.put(&format!("/messages/{message}/pin"), json!({}))
                    .await
            }
            Right::SetTimer => who.patch(&here, json!({"message_ttl_s": 60})).await,
            Right::ChangeInfo => who.patch(&here, json!({"description": "new"})).await,
            Right::DeleteOthers => who.unsay(message).await,
            Right::AddMembers => who.add(*place, &server.person("new1").await).await,
            Right::RemoveMembers => who.remove(*place, whom).await,
            Right::GiveRoles => who.promote(*place, other, "owner").await,
            Right::DeleteConversation => who.delete(&here).await,
        }
    }

    /// Names everybody; refused where the message names nobody.
    async fn name_all(&self) -> Answer {
        let mut answer = self.who.send(self.place, json!({"content": "@all"})).await;
        if answer.body["mentions_all"] != true {
            answer.status = 403;
        }
        answer
    }

    async fn expect_the_table(&self) {
        for right in Right::ALL {
            let status = self.attempt(*right).await.status;
            let may = self.role.may(*right, self.kind);
            let (kind, role) = (self.kind, self.role);
            assert_eq!(
                may,
                status < 300,
                "{right:?} of {role:?} in {kind:?}: {status}"
            );
            assert!(
                may || status == 403,
                "{right:?} of {role:?} in {kind:?}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn the_table_holds_between_two() {
    world(ConversationKind::Direct, MemberRole::Member)
        .await
        .expect_the_table()
        .await;
}

#[tokio::test]
async fn the_table_holds_in_a_group() {
    for role in [MemberRole::Member, MemberRole::Admin, MemberRole::Owner] {
        world(ConversationKind::Group, role)
            .await
            .expect_the_table()
            .await;
    }
}

#[tokio::test]
async fn the_table_holds_in_a_channel() {
    for role in [MemberRole::Member, MemberRole::Admin, MemberRole::Owner] {
        world(ConversationKind::Channel, role)
            .await
            .expect_the_table()
            .await;
    }
}

#[tokio::test]
async fn who_is_blocked_says_nothing_new_in_any_way() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    let (of_ann, of_bob) = (ann.say(direct, "1").await.id, bob.say(direct, "2").await.id);
    let path = format!("/users/{}/block", bob.id);
    ann.put(&format!("/messages/{of_bob}/pin"), json!({}))
        .await
        .ok();
    ann.put(&path, json!({})).await.ok();

    let to = json!({"conversation_ids": [direct]});
    let timer = json!({"message_ttl_s": 5});
    let attempts = [
        bob.send(direct, json!({"content": "x"})).await,
        bob.edit(of_bob, "x").await,
        bob.put(&format!("/messages/{of_ann}/reactions/👎"), json!({}))
            .await,
        bob.post(&format!("/messages/{of_bob}/forward"), to).await,
        bob.patch(&format!("/conversations/{direct}"), timer).await,
        bob.put(&format!("/messages/{of_ann}/pin"), json!({})).await,
        bob.delete(&format!("/messages/{of_bob}/pin")).await,
    ];

    for refused in attempts {
        assert_eq!(refused.problem(), (403, "forbidden"), "{refused:?}");
        assert!(
            !refused.body["detail"].to_string().contains("block"),
            "{refused:?}"
        );
    }
    assert_eq!(
        bob.unsay(of_bob).await.status,
        200,
        "one's own may always go"
    );
    ann.delete(&path).await.ok();
    assert_eq!(bob.send(direct, json!({"content": "x"})).await.status, 201);
}
