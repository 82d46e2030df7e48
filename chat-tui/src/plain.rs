//! Line by line, for screen readers, pipes and terminals that can do nothing: nothing is drawn and nothing moves, what
//! comes is written below what was there. The same model, the same updates and the same client as the full screen; lines
//! that begin with `/` are commands.

mod asking;
mod command;
mod say;
mod window;

use crate::{
    Effect, Model, Msg,
    cli::Cli,
    effect::{
        Wish,
        enter::{Entered, parse_server},
        perform::{Left, Outcome, Performer},
    },
    feed::{Feed, News, now},
    model::Connection,
    observe,
    run::queue::connection,
    store::Sessions,
    theme::Theme,
    update,
};
use chat_client::{Client, Progress, Queued, Task};
use chat_core::ClientId;
use jiff::tz::TimeZone;
use say::Said;
use std::{
    collections::VecDeque,
    io::{BufRead, IsTerminal},
};
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
    /// Lines that came before anybody was signed in and something was open.
    early: VecDeque<String>,
    /// A conversation was asked for, and what is written next is for it.
    opens: bool,
    /// Files that were refused, and told of; those from before this run, too.
    told: Vec<ClientId>,
    ended: bool,
}

/// Runs until the input ends or `/quit`. Gives what was left unsent.
///
/// # Errors
/// When nobody is signed in and there is no password to sign in with, and when it is refused.
pub async fn run(cli: Cli) -> anyhow::Result<Left> {
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
    let server = parse_server(&cli.server).map_err(anyhow::Error::msg)?;
    let saved = match cli.fresh {
        true => None,
        false => sessions.find(&server, cli.user.as_deref()),
    };
    match (saved, cli.password()?) {
        (Some(session), _) => performer.resume(session),
        (None, Some(password)) => performer.perform(Effect::SignIn {
            server: cli.server.clone(),
            name: cli.user.clone().unwrap_or_default(),
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
        early: VecDeque::new(),
        opens: false,
        told: Vec::new(),
        ended: false,
    })
}

/// Lines as they are typed; reading them would block everything else.
fn lines() -> mpsc::UnboundedReceiver<Vec<u8>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Plain {
    async fn until_it_ends(mut self) -> anyhow::Result<Left> {
        let mut typed = lines();
        let interactive = std::io::stdin().is_terminal();
        let mut is_over = false;
        while !self.ended {
            self.take(Msg::Now(now()));
            self.look();
            self.take_early();
            self.tell_refused_files();
            window::read(&mut self.model, &mut self.said);
            self.said.tell(&mut self.model);
            self.said.write();
            // What came through a pipe is done when all of it was taken and answered.
            if is_over && self.is_done()? {
                break;
            }
            let left = self
                .model
                .next_deadline()
                .map(|at| at.since_ms(now()).max(0) + 1);
            let left = if is_over || self.opens {
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
            let Self { outcomes, feed, .. } = &mut self;
            tokio::select! {
                line = typed.recv(), if !is_over => match line {
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
        let refused = match interactive {
            true => 0,
            false => self.said.refused(),
        };
        let left = self.performer.finish().await;
        Ok(Left { refused, ..left })
    }

    fn is_done(&self) -> anyhow::Result<bool> {
        if let (false, Connection::Waiting { reason, .. }) =
            (self.model.loaded, &self.model.connection)
        {
            anyhow::bail!("nothing is known here, and the server cannot be asked: {reason}");
        }
        let cannot_ask = matches!(
            self.model.connection,
            Connection::Waiting { .. } | Connection::Stopped { .. }
        );
        let is_answered = self.performer.is_idle() && !self.performer.has_queued();
        let is_taken = self.early.is_empty() && !self.opens;
        Ok(
            self.model.loaded
                && is_taken
                && (cannot_ask || is_answered)
                && self.outcomes.is_empty(),
        )
    }

    /// Takes a line, or keeps it until there is somebody to say it to.
    fn typed(&mut self, line: Vec<u8>) {
        let Ok(line) = String::from_utf8(line) else {
            return self.said.refuse("a line that is not UTF-8 was left out");
        };
        self.early.push_back(line);
        self.take_early();
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

    /// Takes the lines that wait, up to one that opens a conversation: what follows is for that one.
    fn take_early(&mut self) {
        if self.opens && self.performer.is_idle() && self.outcomes.is_empty() {
            self.opens = false;
        }
        while self.model.loaded && !self.opens {
            let Some(line) = self.early.pop_front() else {
                return;
            };
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        for effect in command::take(&mut self.model, &mut self.said, line) {
            self.opens |= matches!(effect, Effect::Create { .. } | Effect::Ask(Wish::Join(_)));
            self.perform(effect);
        }
    }

    fn take(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.ended = true,
            Effect::Look => {
                self.feed.changes.all = true;
                self.look();
            }
            // There is no screen, no clipboard and no window here.
            Effect::Redraw
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Title(_)
            | Effect::Notify(_)
            | Effect::Copy(_)
            | Effect::EditOutside(_) => {}
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
            let was_loaded = self.model.loaded;
            for effect in client.read(|state| observe(&mut self.model, state, &changes)) {
                self.perform(effect);
            }
            if !was_loaded && self.model.loaded {
                self.said.line("signed in; /help lists what can be done");
                let before = self.refused_files().into_iter();
                self.told = before.map(|(key, _)| key).collect();
            }
        }
    }

    fn outcome(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        match outcome {
            Outcome::Msg(Msg::SignInFailed(why)) => anyhow::bail!("failed to sign in: {why}"),
            Outcome::Msg(Msg::SignedOut(why)) => {
                self.said
                    .line(&why.unwrap_or_else(|| "signed out".to_owned()));
                self.ended = true;
            }
            Outcome::Msg(msg) => {
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
            Outcome::SignedIn(_, entered) => {
                let Entered {
                    client,
                    account,
                    lock,
                    warning,
                } = *entered;
                self.feed.follow(&client);
                self.performer.adopt(client, lock);
                self.take(Msg::SignedIn(account));
                if let Some(why) = warning {
                    self.said.line(&why);
                }
            }
        }
        Ok(())
    }

    fn news(&mut self, news: News) -> anyhow::Result<()> {
        match self.feed.take(news).map(|status| connection(status, now())) {
            None => {}
            Some(Ok(connection)) => self.take(Msg::Connection(connection)),
            Some(Err(why)) => anyhow::bail!(why),
        }
        Ok(())
    }
}
