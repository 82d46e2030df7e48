//! `chat-tui` as people use it: in a terminal, with keys, next to somebody else in another terminal.

mod aloud;
mod doing;
mod held;
mod keeping;
mod leaving;
mod looking;
mod managing;
mod people;
mod plainly;
mod reaching;
mod resting;
mod seeing;
mod together;
mod typing;
mod waiting;
mod weighing;

use chat_client::Client;
use chat_core::{ConversationId, ConversationKind, CreateConversation};
use chat_tests::{Home, Serving, Terminal, program, sdk};

/// A server as a process, ann and ben with accounts and a conversation, and the home that all that is in.
struct House {
    home: Home,
    server: Serving,
    ann: Client,
    ben: Client,
    between: ConversationId,
}

impl House {
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With more said to the server.
    async fn open_with(more: &[&str]) -> Self {
        let home = Home::new();
        let server = serve(&home, "127.0.0.1:0", more).await;
        let (ann, ben) = (
            sdk::registered(&server.url(), "ann").await,
            sdk::registered(&server.url(), "ben").await,
        );
        let create = CreateConversation {
            kind: ConversationKind::Direct,
            title: None,
            description: None,
            message_ttl_s: None,
            member_ids: vec![ben.me().expect("signed in")],
        };
        let between = ann
            .call(create)
            .await
            .expect("a conversation")
            .conversation
            .id;
        Self {
            home,
            server,
            ann,
            ben,
            between,
        }
    }

    /// A group of ann's, and of ben's if he is in it.
    async fn group(&self, title: &str, with_ben: bool) -> ConversationId {
        let ben = self.ben.me().expect("signed in");
        let create = CreateConversation {
            kind: ConversationKind::Group,
            title: Some(chat_core::Title::parse(title).expect("a title")),
            description: None,
            message_ttl_s: None,
            member_ids: with_ben.then_some(ben).into_iter().collect(),
        };
        let created = self.ann.call(create).await.expect("a group");
        created.conversation.id
    }

    /// Says something without a terminal.
    async fn say(&self, who: &Client, text: &str) {
        let send = chat_core::SendMessage::text(self.between, sdk::body(text));
        who.call(send).await.expect("stored");
    }

    /// Somebody sits down at a terminal of this size, starts the client and is in.
    async fn sit_down(&self, name: &str, size: (u16, u16)) -> Terminal {
        self.sit_down_by("", name, size).await
    }

    /// The same, with something before the command.
    async fn sit_down_by(&self, before: &str, name: &str, size: (u16, u16)) -> Terminal {
        let terminal = Terminal::open(Home::new(), size.0, size.1).await;
        std::fs::write(terminal.home().path().join("password"), sdk::PASSWORD)
            .expect("it is writable");
        let program = program("chat-tui").display().to_string();
        let server = self.server.url();
        terminal.run(&format!(
            "{before}{program} --server {server} --user {name} --password-file password"
        ));
        terminal.shows_text("● online").await;
        terminal
    }

    /// Somebody sits down and opens the conversation with the other.
    async fn sit_down_with(&self, name: &str, other: &str, size: (u16, u16)) -> Terminal {
        let terminal = self.sit_down(name, size).await;
        // A narrow one begins with the list alone.
        terminal.press(if size.0 < 60 { &["Enter"] } else { &["C-n"] });
        terminal.shows_text(&format!("message to {other}")).await;
        terminal
    }

    /// Kills the server. It comes back where it was.
    async fn restart(&mut self, while_away: impl AsyncFnOnce()) {
        let address = self.server.address.clone();
        self.server.process.end_now().await;
        while_away().await;
        self.server = serve(&self.home, &address, &[]).await;
    }
}

async fn serve(home: &Home, listen: &str, more: &[&str]) -> Serving {
    let anonymous = ["--set", "limits.anonymous_calls_per_minute=1000000"];
    home.serve(listen, &[&anonymous[..], more].concat()).await
}

/// Writes a line and sends it.
fn say(terminal: &Terminal, text: &str) {
    terminal.write(text);
    terminal.press(&["Enter"]);
}

/// Waits until no window is open: one that waits for its answer takes the keys.
async fn free(terminal: &Terminal) {
    terminal.shows_no_more("╭").await;
}

/// Selects the newest message. Escape and a letter at once would be Alt and the letter.
async fn select(terminal: &Terminal) {
    free(terminal).await;
    terminal.press(&["Escape"]);
    terminal.shows_text("─ messages ─").await;
}

/// Jumps to a conversation by its name.
async fn jump(terminal: &Terminal, name: &str) {
    free(terminal).await;
    terminal.press(&["C-k"]);
    terminal.shows_text("Jump to").await;
    terminal.write(name);
    terminal.press(&["Enter"]);
    terminal.shows_text(&format!("message to {name}")).await;
}
