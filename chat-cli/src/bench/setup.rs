//! Who takes part in a load: accounts with tokens, and conversations between them. Made inside this process in the
//! server's database where that is possible, because signing up is slow on purpose; else over the network.

use super::{cost::Watch, scan, socket::Target, spawn::Spawned};
use crate::{
    cli::Global,
    cmd::patiently,
    config::{ConfigArgs, Setting, Settings, Sources},
    error::{Error, Result},
    profile::Profile,
};
use chat_client::Client;
use chat_core::{
    AddMembers, ClientId, ConversationId, ConversationKind, CreateConversation, CreateToken,
    DisplayName, Email, Endpoint, MessageBody, NewPassword, Register, Secret, SendMessage,
    ShowConversation, SignedIn, Title, TokenScope, UserId, UserRole, Username,
};
use chat_server::{ChatServer, NewUser};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

/// Accounts that are made at the same time: their transactions share a flush.
const AT_ONCE: usize = 64;
/// Messages that fill a conversation at the same time.
const FILL_AT_ONCE: usize = 256;
/// Members that one call brings into a group.
const MEMBERS_AT_ONCE: usize = 1_000;

/// So long before its end a token is too old for a load: what is on its way gets its time, too.
const MARGIN: Duration = Duration::from_secs(120);

/// What a server under load must not hold against its clients.
const RAISED: &[(&str, &str)] = &[
    ("limits.sends_per_minute", "1000000000"),
    ("limits.calls_per_minute", "1000000000"),
    ("limits.anonymous_calls_per_minute", "1000000000"),
    ("limits.conversation_sends_per_minute", "1000000000"),
    ("limits.reads_per_minute", "1000000000"),
    ("limits.searches_per_minute", "1000000000"),
    ("limits.uploads_per_minute", "1000000000"),
    ("limits.downloads_per_minute", "1000000000"),
    ("limits.members", "100000"),
    ("sockets_per_address", "1000000"),
    ("sockets_most", "1000000"),
    ("access_token_s", "86400"),
];

/// Where the load goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct GroundArgs {
    /// Start a server of its own with raised limits, in a database that is thrown away
    #[arg(long, conflicts_with = "database")]
    spawn: bool,
    /// With --spawn: a setting of that server, for instance durability=relaxed
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "spawn")]
    settings: Vec<String>,
    /// The database of the server at --server: accounts are made straight in it instead of by signing up
    #[arg(long, value_name = "URL", requires = "server")]
    database: Option<String>,
    /// The server's process on this machine, for its memory and processor time; known with --spawn, else left out
    #[arg(long, conflicts_with = "spawn")]
    pid: Option<u32>,
}

/// Somebody who takes part.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) user_id: UserId,
    pub(crate) token: Secret,
    /// When the token runs out.
    holds_until: Instant,
}

impl Account {
    fn of(signed_in: &SignedIn) -> Self {
        let tokens = &signed_in.tokens;
        Self {
            user_id: signed_in.user.user.id,
            token: tokens.access_token.clone(),
            holds_until: Instant::now() + Duration::from_secs(tokens.expires_in.into()),
        }
    }
}

/// A conversation, and the end of its log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    pub(crate) id: ConversationId,
    pub(crate) last_seq: u64,
}

/// Where accounts are made, and the server they are for.
pub(crate) struct Ground {
    way: Way,
    server: Option<Url>,
    spawn: Option<(TempDir, Vec<Setting>)>,
    run: String,
    pid: Option<u32>,
}

enum Way {
    Inside(ChatServer),
    Network(Url, BTreeMap<UserId, Client>),
}

impl Ground {
    /// Gets ready to make accounts.
    pub(crate) async fn new(args: &GroundArgs, global: &Global) -> Result<Self> {
        let run = format!("bench-{:06x}", rand::random::<u32>() >> 8);
        if args.spawn {
            // From the environment it is for other commands.
            if global.is_placed {
                let text = "--spawn starts a server of its own; leave it out, or what says where another one is";
                return Err(Error::Usage(text.to_owned()));
            }
            return Self::of_own(args, run).await;
        }
        let server = Profile::of_this_user()?.place(global)?;
        // Before anything is made there: no load goes elsewhere, and nobody else's process is watched.
        Target::of(&server)?;
        Watch::begin(args.pid)?;
        let way = match &args.database {
            Some(database) => Way::Inside(
                ChatServer::builder()
                    .config(ConfigArgs::of_database(database).load()?.config)
                    .without_files()
                    .build()
                    .await?,
            ),
            None => Way::Network(server.clone(), BTreeMap::new()),
        };
        Ok(Self {
            way,
            server: Some(server),
            spawn: None,
            run,
            pid: args.pid,
        })
    }

    async fn of_own(args: &GroundArgs, run: String) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("chat-bench-").tempdir();
        let dir = dir.map_err(|error| Error::io("cannot make a temporary directory", error))?;
        let database = format!("sqlite://{}", dir.path().join("bench.db").display());
        let mut flags: Vec<_> = [("database", database.as_str())]
            .iter()
            .chain(RAISED)
            .map(|(key, text)| Setting {
                key: (*key).to_owned(),
                text: (*text).to_owned(),
                place: "the load generator".to_owned(),
            })
            .collect();
        flags.extend(
            ConfigArgs {
                settings: args.settings.clone(),
                ..ConfigArgs::default()
            }
            .flags()?,
        );
        // Nothing of this machine's own settings: the figures should mean the same everywhere.
        let settings = Settings::load(&Sources {
            flags: flags.clone(),
            ..Sources::default()
        })?;
        let server = ChatServer::builder()
            .config(settings.config)
            .build()
            .await?;
        Ok(Self {
            way: Way::Inside(server),
            server: None,
            spawn: Some((dir, flags)),
            run,
            pid: None,
        })
    }

    /// Makes so many accounts.
    pub(crate) async fn accounts(
        &mut self,
        count: usize,
        bar: &ProgressBar,
    ) -> Result<Vec<Account>> {
        match &mut self.way {
            Way::Inside(server) => {
                let (host, run) = (server.host(), &self.run);
                futures_util::stream::iter(0..count)
                    .map(|at| {
                        let host = host.clone();
                        async move {
                            let user = NewUser {
                                username: name(run, at)?,
                                email: None,
                                password: None,
                                display_name: None,
                                role: UserRole::User,
                            };
                            let me = host.create_user(user).await?;
                            let signed_in = host.session(me.user.id, Some("bench")).await?;
                            bar.inc(1);
                            Ok(Account::of(&signed_in))
                        }
                    })
                    .buffered(AT_ONCE)
                    .try_collect()
                    .await
            }
            Way::Network(server, clients) => {
                let mut accounts = Vec::new();
                for at in 0..count {
                    let (client, account) = sign_up(server, name(&self.run, at)?).await?;
                    clients.insert(account.user_id, client);
                    accounts.push(account);
                    bar.inc(1);
                }
                Ok(accounts)
            }
        }
    }

    /// Gives everybody whose token would run out within so many seconds one that does not: such as programs have. It is
    /// looked up at every call, so nobody else gets one.
    pub(crate) async fn hold(&self, accounts: &mut [Account], seconds: u64) -> Result<()> {
        let span = Duration::from_secs(seconds) + MARGIN;
        let until = Instant::now() + span;
        let name = DisplayName::parse("chat bench")
            .map_err(|rule| Error::Failed(format!("the name of a token {rule}")))?;
        for account in accounts.iter_mut() {
            if account.holds_until < until {
                let create = CreateToken {
                    name: name.clone(),
                    scope: TokenScope::Write,
                    expires_in_s: u32::try_from(2 * span.as_secs()).ok(),
                };
                account.token = self.call(account.user_id, create).await?.token;
                account.holds_until = until;
            }
        }
        Ok(())
    }

    /// Opens the direct conversation of two.
    pub(crate) async fn direct(&self, a: &Account, b: &Account) -> Result<Opened> {
        let create = CreateConversation {
            kind: ConversationKind::Direct,
            title: None,
            description: None,
            message_ttl_s: None,
            member_ids: vec![b.user_id],
        };
        let created = self.call(a.user_id, create).await?;
        Ok(Opened {
            id: created.conversation.id,
            last_seq: created.conversation.last_seq.get(),
        })
    }

    /// Opens a group of all of them.
    pub(crate) async fn group(&self, members: &[Account]) -> Result<Opened> {
        let Some((owner, others)) = members.split_first() else {
            return Err(Error::Usage("a group needs somebody in it".to_owned()));
        };
        let title =
            Title::parse("bench").map_err(|rule| Error::Failed(format!("the title {rule}")))?;
        let mut parts = others
            .chunks(MEMBERS_AT_ONCE)
            .map(|part| part.iter().map(|member| member.user_id).collect());
        let create = CreateConversation {
            kind: ConversationKind::Group,
            title: Some(title),
            description: None,
            message_ttl_s: None,
            member_ids: parts.next().unwrap_or_default(),
        };
        let id = self.call(owner.user_id, create).await?.conversation.id;
        for user_ids in parts {
            self.call(
                owner.user_id,
                AddMembers {
                    conversation_id: id,
                    user_ids,
                    role: None,
                },
            )
            .await?;
        }
        let now = self
            .call(
                owner.user_id,
                ShowConversation {
                    conversation_id: id,
                },
            )
            .await?;
        Ok(Opened {
            id,
            last_seq: now.last_seq.get(),
        })
    }

    async fn call<E: Endpoint + Clone>(&self, user: UserId, request: E) -> Result<E::Reply> {
        match &self.way {
            Way::Inside(server) => Ok(server.host().call(user, request).await?),
            Way::Network(_, clients) => {
                let client = clients.get(&user).ok_or(chat_client::Error::SignedOut)?;
                patiently(async || client.call(request.clone()).await).await
            }
        }
    }

    /// Fills a conversation with so many messages, said by all of its members. Returns it as it is then.
    pub(crate) async fn fill(
        &self,
        opened: Opened,
        members: &[Account],
        count: u64,
        bar: &ProgressBar,
    ) -> Result<Opened> {
        futures_util::stream::iter(0..count)
            .map(|nth| async move {
                let member = &members[nth as usize % members.len()];
                let content = MessageBody::parse(scan::content(nth, 0))
                    .map_err(|rule| Error::Failed(format!("a message for the load {rule}")))?;
                let send = SendMessage {
                    client_id: Some(ClientId::from(Uuid::now_v7())),
                    ..SendMessage::text(opened.id, content)
                };
                self.call(member.user_id, send).await?;
                bar.inc(1);
                Ok::<_, Error>(())
            })
            .buffer_unordered(FILL_AT_ONCE)
            .try_collect::<()>()
            .await?;
        let show = ShowConversation {
            conversation_id: opened.id,
        };
        let now = self.call(members[0].user_id, show).await?;
        Ok(Opened {
            last_seq: now.last_seq.get(),
            ..opened
        })
    }

    /// Preparing is over: the server that gets the load, started if it is one of its own, and its process where that is
    /// known.
    pub(crate) async fn ready(self) -> Result<(Target, Option<Spawned>, Option<u32>)> {
        // The server inside this process lets go of the database.
        drop(self.way);
        match (self.spawn, self.server) {
            (Some((dir, settings)), _) => {
                let spawned = Spawned::start(dir, &settings).await?;
                let pid = spawned.pid();
                Ok((Target::of(spawned.server())?, Some(spawned), pid))
            }
            (None, Some(server)) => Ok((Target::of(&server)?, None, self.pid)),
            (None, None) => Err(Error::Usage("give --spawn or --server URL".to_owned())),
        }
    }
}

fn name(run: &str, at: usize) -> Result<Username> {
    Username::parse(format!("{run}-{at}"))
        .map_err(|rule| Error::Failed(format!("a username {rule}")))
}

async fn sign_up(server: &Url, username: Username) -> Result<(Client, Account)> {
    let client = Client::builder(server.clone())
        .device_name("chat bench")
        .build()?;
    let broken = |rule: &str| Error::Failed(format!("an account for the load {rule}"));
    let register = Register {
        email: Email::parse(format!("{username}@example.org")).map_err(broken)?,
        password: NewPassword::try_from(format!("{:032x}", rand::random::<u128>()))
            .map_err(broken)?,
        username,
        display_name: None,
        device_name: None,
    };
    let signed_in = patiently(async || client.register(register.clone()).await).await?;
    let account = Account::of(&signed_in);
    Ok((client, account))
}
