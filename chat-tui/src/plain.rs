//! Line by line, for screen readers, pipes and terminals that can do nothing: nothing is drawn and nothing moves, what
//! comes is written below what was there. The same model, the same updates and the same client as the full screen; lines
//! that begin with `/` are commands.

mod asking;
mod command;
mod ending;
mod input;
mod say;
mod window;

use crate::{
    Effect, Model, Msg,
    cli::Cli,
    effect::{
        Wish,
        perform::{Left, Outcome, Performer, Wanted},
    },
    feed::{Feed, News, now},
    model::Connection,
    observe,
    run::queue::{self, connection},
    store::Sessions,
    theme::Theme,
    update,
};
use chat_client::{Client, Progress, Queued, Task, typed_server};
use chat_core::{ClientId, Secret};
use jiff::tz::TimeZone;
use say::Said;
use std::{collections::VecDeque, io::IsTerminal};
use tokio::sync::mpsc;

/// At the end of the input it is looked so often whether everything was answered.
const AT_THE_END_MS: i64 = 50;

/// Everything the line mode works on.
struct Plain {
    model: Model,
    performer: Performer,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    feed: Feed,
    said: Said,
    /// Whether somebody types; else what comes through a pipe is done line by line.
    interactive: bool,
    /// Lines that came before they could be done.
    early: VecDeque<String>,
    /// Something was asked for that what is written next may be about.
    waits: bool,
    /// Files that were refused, and told of; those from before this run, too.
    told: Vec<ClientId>,
    /// Who signs in, and with what, should the session of last time have ended; nobody once it was seen to hold.
    again: Option<(String, Secret)>,
    /// It was said that somebody is signed in: before that it is not sure.
    greeted: bool,
    ended: bool,
}

/// Runs until the input ends or `/quit`. Gives what was left unsent, and how much was refused where nobody looks on.
///
/// # Errors
/// When nobody is signed in and there is no password to sign in with, and when it is refused.
pub async fn run(cli: Cli) -> anyhow::Result<(Left, usize)> {
    let (config, wrong) = cli.config()?;
    for what in wrong {
        eprintln!("{what}");
    }
    let sessions = Sessions::in_state_home()?;
    let (sender, outcomes) = mpsc::unbounded_channel();
    let performer = Performer::new(sessions.clone(), &config, sender);
    begin(&cli, &sessions, performer, outcomes)?
        .until_it_ends()
        .await
}

fn begin(
    cli: &Cli,
    sessions: &Sessions,
    mut performer: Performer,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
) -> anyhow::Result<Plain> {
    let server = typed_server(&cli.server).map_err(anyhow::Error::msg)?;
    let saved = match cli.fresh {
        true => None,
        false => sessions.find(&server, cli.user.as_deref()),
    };
    let mut again = None;
    let name = cli.user.clone().unwrap_or_default();
    match (saved, cli.password()?) {
        (Some(session), password) => {
            again = password.map(|password| (name, password));
            performer.resume(session);
        }
        (None, Some(password)) => performer.perform(Effect::SignIn {
            server: cli.server.clone(),
            name,
            password,
        }),
        (None, None) if std::io::stdin().is_terminal() => {
            let (name, password) = asking::who(&cli.server, cli.user.as_deref())?;
            performer.perform(Effect::SignIn {
                server: cli.server.clone(),
                name,
                password,
            });
        }
        (None, None) => anyhow::bail!(
            "nobody is signed in: name yourself with --user and --password-file, or sign in once in a terminal"
        ),
    }
    Ok(Plain {
        model: Model::new(Theme::new(false), TimeZone::system(), now()),
        performer,
        outcomes,
        feed: Feed::default(),
        said: Said::default(),
        interactive: std::io::stdin().is_terminal(),
        early: VecDeque::new(),
        waits: false,
        told: Vec::new(),
        again,
        greeted: false,
        ended: false,
    })
}

impl Plain {
    async fn until_it_ends(mut self) -> anyhow::Result<(Left, usize)> {
        let ended = self.go().await;
        self.leave(ended).await
    }

    async fn go(&mut self) -> anyhow::Result<()> {
        let mut typed = input::lines();
        let interactive = self.interactive;
        let mut is_over = false;
        while !self.ended {
            self.take(Msg::Now(now()));
            self.look();
            self.greet();
            self.tell_window();
            self.take_early();
            if self.greeted {
                self.tell_refused_files();
                self.said.tell(&mut self.model);
            }
            self.said.write();
            // What came through a pipe is done when all of it was taken and answered.
            let has_room = self.early.len() < input::AHEAD;
            if (is_over || !has_room) && self.is_done()? {
                // What came in meanwhile is told, too.
                self.feed.changes.all = true;
                self.look();
                self.said.tell(&mut self.model);
                break;
            }
            let left = self
                .model
                .next_deadline()
                .map(|at| at.since_ms(now()).max(0) + 1);
            let left = if is_over || self.waits {
                Some(AT_THE_END_MS)
            } else {
                left
            };
            let time = async {
                match left.and_then(|left| u64::try_from(left).ok()) {
                    Some(left) => tokio::time::sleep(std::time::Duration::from_millis(left)).await,
                    None => std::future::pending().await,
                }
            };
            let Self { outcomes, feed, .. } = &mut *self;
            tokio::select! {
                line = typed.recv(), if !is_over && has_room => match line {
                    Some(line) => self.typed(line),
                    None => is_over = true,
                },
                Some(outcome) = outcomes.recv() => self.outcome(outcome)?,
                news = feed.next() => self.news(news)?,
                () = time => {}
                interrupt = tokio::signal::ctrl_c(), if interactive => {
                    interrupt?;
                    self.ended = true;
                }
            }
        }
        Ok(())
    }

    /// Says that somebody is signed in, as soon as the server has let them in or cannot be asked.
    fn greet(&mut self) {
        if !self.greeted && self.model.loaded && self.model.connection.is_tried() {
            self.greeted = true;
            self.said.line("signed in; /help lists what can be done");
            let before = self.refused_files().into_iter();
            self.told = before.map(|(key, _)| key).collect();
        }
    }

    fn is_done(&self) -> anyhow::Result<bool> {
        if let (false, Connection::Waiting { reason, .. } | Connection::Stopped { reason }) =
            (self.model.loaded, &self.model.connection)
        {
            anyhow::bail!("nothing is known here, and the server cannot be asked: {reason}");
        }
        let cannot_ask = matches!(
            self.model.connection,
            Connection::Waiting { .. } | Connection::Stopped { .. }
        );
        let is_answered = self.performer.is_idle() && self.performer.is_through();
        let is_answered = is_answered && !self.is_coming_back();
        let is_taken = self.early.is_empty() && !self.waits;
        Ok(self.greeted && is_taken && (cannot_ask || is_answered) && self.outcomes.is_empty())
    }

    /// Whether the server has something that was said, and it is not among the messages here yet: then it is told.
    fn is_coming_back(&self) -> bool {
        let queued = self.performer.client().map(Client::queued);
        let mut queued = queued.into_iter().flatten();
        queued.any(|queued| matches!(queued.progress, Progress::Stored { .. }))
    }

    /// Takes a line, or keeps it until there is somebody to say it to.
    fn typed(&mut self, line: input::Typed) {
        match line {
            // Whoever waits for what does not come can leave.
            Ok(line) if self.interactive && line.trim() == "/quit" => self.ended = true,
            Ok(line) => {
                self.early.push_back(line);
                self.take_early();
            }
            Err(why) => self.said.refuse(why),
        }
    }

    /// A file that is refused has no place in the conversation to say so.
    fn tell_refused_files(&mut self) {
        for (key, why) in self.refused_files() {
            if !self.told.contains(&key) {
                self.said.refuse(&why);
                self.told.push(key);
            }
        }
    }

    fn refused_files(&self) -> Vec<(ClientId, String)> {
        let queued = self.performer.client().map(Client::queued);
        let why = |queued: Queued| match (queued.task, queued.progress) {
            (Task::Upload { file_name, .. }, Progress::Failed { detail, .. }) => {
                Some((queued.key, format!("* not sent: {file_name}: {detail}")))
            }
            _ => None,
        };
        queued.into_iter().flatten().filter_map(why).collect()
    }

    /// Takes the lines that wait, up to one whose answer what follows may be about.
    fn take_early(&mut self) {
        if self.waits && self.performer.is_idle() && self.outcomes.is_empty() {
            self.waits = false;
        }
        while self.greeted && !self.waits {
            let Some(line) = self.early.pop_front() else {
                return;
            };
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        // Somebody is there, as a key says it on a screen.
        self.model.pressed_at = self.model.now;
        for effect in command::take(&mut self.model, &mut self.said, line) {
            self.perform(effect);
        }
        self.tell_window();
    }

    /// Writes the window that has come and what is to be said, before the next line is taken.
    fn tell_window(&mut self) {
        if self.model.sign_in.take().is_some() {
            let why = "another account is signed in to without --plain, or with --fresh and --user";
            self.said.refuse(why);
        }
        window::read(&mut self.model, &mut self.said);
        self.said.tell_notice(&mut self.model);
    }

    fn take(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let opens = matches!(effect, Effect::Create { .. } | Effect::Ask(Wish::Join(_)));
        self.waits |= opens || !self.interactive && effect.leads_on();
        match effect {
            Effect::Quit => self.ended = true,
            Effect::Look => {
                self.feed.changes.all = true;
                self.look();
            }
            // There is no screen and no window here, and nobody scrolls.
            Effect::Redraw
            | Effect::KeepOnly(..)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Title(_)
            | Effect::Notify(_)
            | Effect::EditOutside(_) => {}
            // Nor is there a clipboard: it is to be read.
            Effect::Copy(text) => {
                self.model.notice = None;
                self.said.line(&say::indented(&text));
            }
            Effect::OpenLink(url) => self.said.line(&url),
            effect => self.performer.perform(effect),
        }
    }

    fn look(&mut self) {
        while !self.feed.changes.is_empty() {
            let changes = std::mem::take(&mut self.feed.changes);
            let Some(client) = self.performer.client().cloned() else {
                return;
            };
            for effect in client.read(|state| observe(&mut self.model, state, &changes)) {
                self.perform(effect);
            }
            let coming = queue::coming(&client, &client.queued());
            if coming != self.model.coming {
                self.take(Msg::Coming(coming));
            }
        }
    }

    fn outcome(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        match self.performer.sift(outcome) {
            Some(Wanted::Msg(Msg::SignInFailed(why))) if self.model.account.is_none() => {
                anyhow::bail!("failed to sign in: {why}")
            }
            Some(Wanted::Msg(Msg::SignedOut(Some(why)))) => anyhow::bail!(why),
            Some(Wanted::Msg(Msg::SignedOut(None))) => {
                self.said.line("signed out");
                self.ended = true;
            }
            Some(Wanted::Msg(msg)) => {
                if let Msg::OlderLoaded { conversation, .. } = &msg {
                    self.feed.changes.conversations.insert(*conversation);
                    self.look();
                }
                let is_found = matches!(msg, Msg::Found { .. } | Msg::NotFound { .. });
                self.take(msg);
                if is_found {
                    window::read_found(&mut self.model, &mut self.said);
                }
            }
            Some(Wanted::SignedIn(entered)) => {
                self.feed.follow(&entered.client);
                let (account, warning) = self.performer.adopt(*entered);
                self.take(Msg::SignedIn(account));
                if let Some(why) = warning {
                    self.said.line(&why);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn news(&mut self, news: News) -> anyhow::Result<()> {
        match self.feed.take(news).map(|status| connection(status, now())) {
            None => {}
            Some(Ok(connection)) => {
                if connection.is_in() {
                    self.again = None;
                }
                self.take(Msg::Connection(connection));
            }
            Some(Err(why)) => match self.again.take() {
                Some((name, password)) => {
                    self.performer
                        .perform(Effect::SignInAgain { name, password });
                    self.take(Msg::Connection(Connection::Connecting));
                }
                None => anyhow::bail!(why),
            },
        }
        Ok(())
    }
}
