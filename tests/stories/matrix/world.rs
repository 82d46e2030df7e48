//! The people who ask, and the things they ask for: made anew for every question, so that no answer spoils another.

use chat_core::{ConversationId, ConversationKind, MessageId};
use chat_tests::{Person, Server, files};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Not signed in.
    Nobody,
    /// Signed in, with no part in it.
    Stranger,
    /// Was taken out.
    Former,
    /// Was taken out, and may not come back.
    Banned,
    /// A member; said the message, where members may.
    Member,
    /// An admin of the conversation; said the message of a channel.
    Admin,
    /// Made it.
    Owner,
    /// An admin of the server, with no part in the conversation.
    Keeper,
}

/// People and things.
pub(super) struct World {
    pub(super) owner: Person,
    pub(super) stranger: Person,
    former: Person,
    banned: Person,
    pub(super) member: Person,
    admin: Person,
    keeper: Person,
    /// Another member; between two, the owner.
    pub(super) other: Person,
    /// Somebody with no part in anything.
    pub(super) target: Person,
    pub(super) conversation: ConversationId,
    pub(super) message: MessageId,
    /// What the message shows.
    pub(super) file: Uuid,
    pub(super) avatar: Uuid,
    pub(super) report: Uuid,
    /// A file of the member's that comes in parts.
    pub(super) upload: Uuid,
    pub(super) code: String,
}

async fn somebody(server: &Server, as_what: &str) -> Person {
    static COUNT: AtomicU32 = AtomicU32::new(100);
    let name = format!("{as_what}{}", COUNT.fetch_add(1, Ordering::Relaxed));
    match as_what {
        "keeper" => server.admin(&name).await,
        _ => server.person(&name).await,
    }
}

impl World {
    /// What a question by this name needs, in a conversation of this kind.
    pub(super) async fn new(server: &Server, call: &str, kind: ConversationKind) -> Self {
        let owner = somebody(server, "owner").await;
        let member = somebody(server, "member").await;
        let mut world = Self {
            other: somebody(server, "other").await,
            stranger: somebody(server, "stranger").await,
            former: somebody(server, "former").await,
            banned: somebody(server, "banned").await,
            admin: somebody(server, "deputy").await,
            keeper: somebody(server, "keeper").await,
            target: somebody(server, "target").await,
            conversation: ConversationId::new(Uuid::nil()),
            message: MessageId::new(Uuid::nil()),
            file: Uuid::nil(),
            avatar: Uuid::nil(),
            report: Uuid::nil(),
            upload: Uuid::nil(),
            code: "nobodys-code".to_owned(),
            owner,
            member,
        };
        world.gather(kind).await;
        world.speak(call, kind).await;
        world.prepare(call, kind).await;
        world
    }

    async fn gather(&mut self, kind: ConversationKind) {
        if kind == ConversationKind::Direct {
            self.other = self.owner.clone();
            self.conversation = self.owner.direct(&self.member).await;
            return;
        }
        let members = [
            &self.member,
            &self.admin,
            &self.former,
            &self.banned,
            &self.other,
        ];
        let ids = members.map(|person| person.id);
        let body = json!({"kind": kind, "title": "The place", "member_ids": ids});
        let made = self.owner.post("/conversations", body).await.ok();
        self.conversation = serde_json::from_value(made["id"].clone()).unwrap();
        self.owner
            .promote(self.conversation, &self.admin, "admin")
            .await
            .ok();
        self.owner
            .remove(self.conversation, &self.former)
            .await
            .ok();
        self.ban(&self.banned).await;
    }

    async fn ban(&self, whom: &Person) {
        let path = format!("/conversations/{}/bans/{}", self.conversation, whom.id);
        self.owner.put(&path, json!({})).await.ok();
    }

    async fn speak(&mut self, call: &str, kind: ConversationKind) {
        let speaker = match kind {
            ConversationKind::Channel => &self.admin,
            _ => &self.member,
        };
        let mut body = json!({"content": "hello"});
        if call.starts_with("attachment.") || call == "report.attachment.read" {
            let file = speaker.file("a.png", files::png(40, 30, &[])).await;
            self.file = file.id.uuid();
            body["attachment_ids"] = json!([file.id]);
        }
        self.message = speaker.send(self.conversation, body).await.ok_message().id;
    }

    async fn prepare(&mut self, call: &str, kind: ConversationKind) {
        let id = |value: &serde_json::Value| serde_json::from_value(value.clone()).unwrap();
        if call.starts_with("invite.") && kind != ConversationKind::Direct {
            let path = format!("/conversations/{}/invites", self.conversation);
            let invite = self.owner.post(&path, json!({})).await.ok();
            self.code = invite["code"].as_str().unwrap().to_owned();
        }
        if call.starts_with("report.") {
            let path = format!("/messages/{}/report", self.message);
            let reported = self.owner.post(&path, json!({"reason": "rude"})).await.ok();
            self.report = id(&reported["report_id"]);
        }
        if call.starts_with("upload.") {
            let body = json!({"client_id": "u1", "length": 10});
            let upload = self.member.post("/uploads", body).await.ok();
            self.upload = id(&upload["id"]);
        }
        if call == "ban.remove" && kind != ConversationKind::Direct {
            self.ban(&self.other).await;
        }
        if call == "avatar.read" {
            let picture = Some(files::png(64, 64, &[]));
            let me = self
                .owner
                .door
                .bytes("PUT", "/users/me/avatar", &[], picture)
                .await
                .json()
                .ok();
            let url = me["avatar_url"].as_str().unwrap();
            self.avatar = url.rsplit('/').next().unwrap().parse().unwrap();
        }
    }

    /// Whoever asks, on a device of their own: the call may end its session.
    pub(super) async fn caller(&self, server: &Server, who: Who, call: &str) -> Option<Person> {
        let person = match who {
            Who::Nobody => return None,
            Who::Stranger => &self.stranger,
            Who::Former => &self.former,
            Who::Member => &self.member,
            Who::Banned => &self.banned,
            Who::Admin => &self.admin,
            Who::Owner => &self.owner,
            Who::Keeper => &self.keeper,
        };
        let device = server.another_device(person).await;
        // What is to be taken away must be there, with whoever asks.
        let of_target = |what: &str| format!("/users/{}/{what}", self.target.id);
        match call {
            "block.remove" => drop(device.put(&of_target("block"), json!({})).await.ok()),
            "contact.remove" => drop(device.put(&of_target("contact"), json!({})).await.ok()),
            _ => {}
        }
        Some(device)
    }
}
