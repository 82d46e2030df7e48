//! A device that keeps a [`State`] as every client does, and what a device that begins from nothing would know.

use crate::{DEADLINE, Person, Socket};
use chat_core::{
    Contact, Conversation, ConversationId, Envelope, Me, Message, Position, Presence, State,
    Synced, Timestamp, UserId,
};
use serde_json::{Value, json};

/// Somebody's device: an older snapshot, and a socket or none.
pub struct Device {
    /// What it knows.
    pub state: State,
    person: Person,
    socket: Option<Socket>,
}

/// What one can see of a state.
#[derive(Debug, Clone, PartialEq)]
struct View {
    inbox: Option<Position>,
    account: Option<Me>,
    contacts: Vec<Contact>,
    blocked: Vec<UserId>,
    conversations: Vec<(Conversation, Vec<Message>)>,
}

/// What a device that begins from nothing knows, with all messages.
pub async fn fresh(person: &Person) -> State {
    let mut state = State::new(person.id);
    catch_up(person, &mut state).await;
    state
}

impl Device {
    /// A device with a socket.
    pub async fn live(person: &Person) -> Self {
        let socket = person.socket().await;
        Self {
            socket: Some(socket),
            ..Self::away(person).await
        }
    }

    /// A device that has looked once, and is not connected.
    pub async fn away(person: &Person) -> Self {
        Self {
            state: fresh(person).await,
            person: person.clone(),
            socket: None,
        }
    }

    /// Asks for everything that was missed.
    pub async fn sync(&mut self) {
        catch_up(&self.person, &mut self.state).await;
    }

    /// Applies what comes over the socket, or asks for what was missed where there is none, until it knows exactly what
    /// a fresh device knows.
    ///
    /// # Panics
    /// When it never does.
    pub async fn expect_fresh(&mut self) {
        let fresh = fresh(&self.person).await;
        let Some(mut socket) = self.socket.take() else {
            self.sync().await;
            self.assert_equal(&fresh, "after a sync");
            return;
        };
        let deadline = tokio::time::Instant::now() + DEADLINE / 2;
        while view(&self.state) != self.wanted(&fresh) {
            match tokio::time::timeout_at(deadline, socket.next_any()).await {
                Ok(frame) => self.apply(&frame),
                Err(_) => break,
            }
        }
        for frame in socket.settle().await {
            self.apply(&frame);
        }
        self.socket = Some(socket);
        self.assert_equal(&fresh, "after the events");
    }

    /// What a fresh device knows, as far back as this one has loaded.
    fn wanted(&self, fresh: &State) -> View {
        let mut wanted = view(fresh);
        for (conversation, messages) in &mut wanted.conversations {
            let known = self.state.conversation(conversation.id);
            let oldest = known
                .filter(|known| known.has_before())
                .and_then(|known| known.messages().next());
            if let Some(oldest) = oldest {
                messages.retain(|message| message.seq >= oldest.seq);
            }
        }
        wanted
    }

    fn assert_equal(&self, fresh: &State, when: &str) {
        let (found, wanted) = (view(&self.state), self.wanted(fresh));
        if found != wanted {
            let (found, wanted) = (format!("{found:#?}"), format!("{wanted:#?}"));
            let lines = found.lines().zip(wanted.lines()).enumerate();
            let differences: Vec<_> = lines
                .filter(|(_, (found, wanted))| found != wanted)
                .take(20)
                .collect();
            let name = &self.person.name;
            panic!(
                "{name}'s device differs from a fresh one {when} (line, (known, fresh)): {differences:#?}\nknown: {found}"
            );
        }
    }

    /// Its socket.
    ///
    /// # Panics
    /// When it has none.
    pub fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("a live device")
    }

    /// What it knows of somebody's presence.
    pub fn presence(&self, other: &Person) -> Option<&Presence> {
        self.state.presence(other.id)
    }

    fn apply(&mut self, frame: &Value) {
        let envelope: Envelope = serde_json::from_value(frame.clone()).expect("an event");
        self.state.apply(envelope, Timestamp::from_ms(0));
    }
}

/// Syncs until there is no more, and loads all history.
async fn catch_up(person: &Person, state: &mut State) {
    loop {
        let body = json!({"positions": state.positions(), "inbox": state.inbox()});
        let synced: Synced =
            serde_json::from_value(person.sync(body).await).expect("an answer to a sync");
        if !state.apply_sync(synced) {
            break;
        }
    }
    let ids: Vec<_> = state.positions().into_keys().collect();
    for id in ids {
        load_history(person, state, id).await;
    }
}

async fn load_history(person: &Person, state: &mut State, id: ConversationId) {
    while let Some(asked) = state.history_before(id, 100) {
        let before = asked.before.expect("it is asked for what is before");
        let page = person
            .history(id, &format!("?before={before}&limit=100"))
            .await;
        state.apply_page(&asked, serde_json::from_value(page).expect("a page"));
    }
}

fn view(state: &State) -> View {
    let known = state.conversations().into_iter();
    View {
        inbox: state.inbox(),
        account: state.account().cloned(),
        contacts: state.contacts().cloned().collect(),
        blocked: state.blocked().collect(),
        conversations: known
            .map(|known| {
                (
                    known.conversation().clone(),
                    known.messages().cloned().collect(),
                )
            })
            .collect(),
    }
}
