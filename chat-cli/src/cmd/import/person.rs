//! `chat import --user`: what is a person's own in an archive of theirs comes into an account: profile, picture, settings,
//! and whom they know and have blocked. It is done by the server's own calls, as an admin and as that person, so every
//! rule of them holds, and again in the same words it goes on.
//!
//! What was said stays where it was said (`docs/archive.md` says why), and nobody becomes an admin by an archive. Others
//! are known by their ids alone: the same name somewhere else may be somebody else's.

use crate::{
    cli::Global,
    cmd::{Repeat, caller::Caller, export::Place, file, page, user::account, wait_out},
    direct::Direct,
    error::{Error, Result},
    output::{Columns, Output, Record},
};
use chat_client::Client;
use chat_core::{
    Bio, BlockUser, ChangeMe, ChangeSettings, Code, Contact, CreateAccount, DisplayName, Email,
    Endpoint, ListBlocks, ListContacts, Me, Nickname, SetContact, Settings, ShowAccount, ShowMe,
    ShowUser, StatusText, User, UserId, UserRole, Username,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The lines of a person, and where files are; as in `docs/archive.md`.
const LINES: &str = "person.jsonl";
const FILES: &str = "files";
/// Pictures are kept in these sizes.
const SIDES: [u16; 3] = [512, 256, 64];

/// Somebody whom the person knows, or has blocked.
#[derive(Debug, Deserialize)]
struct Other {
    user_id: UserId,
    username: String,
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    favorite: bool,
}

/// A line, as far as it can be imported.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Account(Box<Me>),
    Contact(Other),
    Block(Other),
    #[serde(other)]
    Rest,
}

/// What is one's own in the archive of a person.
#[derive(Debug)]
struct Person {
    me: Me,
    contacts: Vec<Other>,
    blocks: Vec<Other>,
    picture: Option<PathBuf>,
}

/// How much of it came over.
#[derive(Debug, Serialize)]
struct Brought {
    part: &'static str,
    count: usize,
    /// Of people who are not here.
    left_out: usize,
}

impl Record for Brought {
    const COLUMNS: &'static [&'static str] = &["part", "count", "left out"];

    const VALUES: Columns = Columns(&[
        ("part", "/part"),
        ("count", "/count"),
        ("left out", "/left_out"),
    ]);

    fn id(&self) -> String {
        self.part.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.part.to_owned(),
            self.count.to_string(),
            self.left_out.to_string(),
        ]
    }
}

/// Brings it into the account of this name, through the socket that is named or straight on the database.
pub(super) async fn run(
    name: &Username,
    from: &Path,
    place: &Place,
    global: &Global,
    out: Output,
) -> Result<()> {
    let person = Person::read(from)?;
    if global.socket.is_some() && !place.names_a_database() {
        return bring(&person, name, global, out).await;
    }
    let direct = Direct::over(place.load()?).await?;
    let global = Global {
        socket: Some(direct.socket()),
        ..global.clone()
    };
    let brought = bring(&person, name, &global, out).await;
    let closed = direct.close().await;
    brought.and(closed)
}

async fn bring(person: &Person, name: &Username, global: &Global, out: Output) -> Result<()> {
    let admin = Caller::signed_in(global, out).await?;
    person.account(&admin, name).await?;
    let global = Global {
        user: Some(name.to_string()),
        ..global.clone()
    };
    let theirs = Caller::signed_in(&global, out).await?.client;
    person.profile(&theirs).await?;
    if let Some(picture) = &person.picture {
        theirs.set_avatar(file::content(picture)?).await?;
    }
    let contacts = person.know(&theirs).await?;
    let blocks = person.block(&theirs).await?;
    person.verify(&theirs, &contacts, &blocks).await?;
    let part = |part, count, of| Brought {
        part,
        count,
        left_out: of - count,
    };
    let pictures = usize::from(person.picture.is_some());
    let (known, blocked) = (person.contacts.len(), person.blocks.len());
    out.list(&[
        part("account", 1, 1),
        part("picture", pictures, pictures),
        part("contacts", contacts.len(), known),
        part("blocks", blocks.len(), blocked),
    ])?;
    out.say(&format!(
        "{name} is there and the same, and signs in with a new password: chat user reset-password {name}"
    ));
    match known + blocked - contacts.len() - blocks.len() {
        0 => Ok(()),
        left => Err(Error::Partly(format!(
            "{left} of those whom {name} knew or had blocked are not on this server; the rest is there"
        ))),
    }
}

impl Person {
    /// Reads the lines of an archive whose sums are right.
    fn read(from: &Path) -> Result<Self> {
        let path = from.join(LINES);
        let cannot = |error| Error::io(format!("cannot read {}", path.display()), error);
        let (mut me, mut contacts, mut blocks) = (None, Vec::new(), Vec::new());
        for line in BufReader::new(File::open(&path).map_err(cannot)?).lines() {
            let line = line.map_err(cannot)?;
            let line: Line = serde_json::from_str(&line)
                .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?;
            match line {
                Line::Account(account) => me = Some(*account),
                Line::Contact(other) => contacts.push(other),
                Line::Block(other) => blocks.push(other),
                Line::Rest => {}
            }
        }
        let me =
            me.ok_or_else(|| Error::Usage(format!("{}: there is no account", path.display())))?;
        let picture = me
            .user
            .avatar_url
            .as_deref()
            .and_then(|url| picture(from, url));
        Ok(Self {
            me,
            contacts,
            blocks,
            picture,
        })
    }

    /// Makes the account, or finds it again. Somebody else's is let be: only who has the same address is the same person.
    async fn account(&self, admin: &Caller, name: &Username) -> Result<()> {
        let email = self.me.email.clone();
        let known = match account(admin, name.as_str()).await {
            Ok(user_id) => Some(admin.call(ShowAccount { user_id }).await?),
            Err(error) if error.exit_code() == Code::NotFound.exit_code() => None,
            Err(error) => return Err(error),
        };
        match known {
            Some(account) if email.is_some() && account.me.email == email => return Ok(()),
            Some(_) => {
                let text = format!(
                    "{name} is there already, with another address; it may be somebody else. Name a free one with --user"
                );
                return Err(Error::coded(Code::Taken, text));
            }
            None => {}
        }
        let create = CreateAccount {
            username: name.clone(),
            email: email
                .map(|text| fit("email", text, Email::parse))
                .transpose()?,
            password: None,
            display_name: Some(self.display_name()?),
            role: Some(UserRole::User),
            is_bot: Some(self.me.user.is_bot),
        };
        admin.call(create).await?;
        Ok(())
    }

    fn display_name(&self) -> Result<DisplayName> {
        let name = self.me.user.display_name.clone();
        fit("display_name", name, DisplayName::parse)
    }

    /// Says of the person what they said of themselves, and sets what they had set.
    async fn profile(&self, theirs: &Client) -> Result<()> {
        let (bio, status) = (self.me.bio.clone(), self.me.status_text.clone());
        let change = ChangeMe {
            username: None,
            display_name: Some(self.display_name()?),
            bio: Some(fit("bio", bio.unwrap_or_default(), Bio::parse)?),
            status_text: Some(fit(
                "status_text",
                status.unwrap_or_default(),
                StatusText::parse,
            )?),
            email: None,
            current_password: None,
        };
        again(theirs, change).await?;
        let Settings {
            presence,
            last_seen,
            read_marks,
            found_by_email,
            notify,
            notify_content,
        } = self.me.settings;
        let settings = ChangeSettings {
            presence: Some(presence),
            last_seen: Some(last_seen),
            read_marks: Some(read_marks),
            found_by_email: Some(found_by_email),
            notify: Some(notify),
            notify_content: Some(notify_content),
        };
        again(theirs, settings).await?;
        Ok(())
    }

    /// Knows whom they knew, as far as those are here.
    async fn know(&self, theirs: &Client) -> Result<BTreeSet<UserId>> {
        let mut known = BTreeSet::new();
        for other in &self.contacts {
            if !is_here(theirs, other).await? {
                continue;
            }
            let nickname = other.nickname.clone();
            let set = SetContact {
                user_id: other.user_id,
                nickname: nickname
                    .map(|text| fit("nickname", text, Nickname::parse))
                    .transpose()?,
                favorite: Some(other.favorite),
            };
            again(theirs, set).await?;
            known.insert(other.user_id);
        }
        Ok(known)
    }

    /// Keeps away whom they had blocked, as far as those are here.
    async fn block(&self, theirs: &Client) -> Result<BTreeSet<UserId>> {
        let mut blocked = BTreeSet::new();
        for other in &self.blocks {
            if is_here(theirs, other).await? {
                let user_id = other.user_id;
                again(theirs, BlockUser { user_id }).await?;
                blocked.insert(user_id);
            }
        }
        Ok(blocked)
    }

    /// Reads all of it again: what is not as it was in the archive is an error.
    async fn verify(
        &self,
        theirs: &Client,
        contacts: &BTreeSet<UserId>,
        blocks: &BTreeSet<UserId>,
    ) -> Result<()> {
        let now = again(theirs, ShowMe {}).await?;
        let of = |me: &Me| {
            let name = me.user.display_name.clone();
            let picture = me.user.avatar_url.is_some();
            (
                name,
                me.bio.clone(),
                me.status_text.clone(),
                me.settings.clone(),
                picture,
            )
        };
        let (mut then, picture) = (self.me.clone(), now.user.avatar_url.clone());
        // A picture that the archive does not have was missing there already.
        then.user.avatar_url = picture.filter(|_| self.picture.is_some());
        let all = usize::MAX;
        let listed = |limit, cursor| ListContacts { limit, cursor };
        let known: Vec<Contact> = page::first(theirs, all, listed).await?;
        let listed = |limit, cursor| ListBlocks { limit, cursor };
        let blocked: Vec<User> = page::first(theirs, all, listed).await?;
        let has = |wanted: &BTreeSet<UserId>, found: BTreeSet<UserId>| wanted.is_subset(&found);
        let is_same = of(&now) == of(&then)
            && has(contacts, known.iter().map(|one| one.user.id).collect())
            && has(blocks, blocked.iter().map(|one| one.id).collect());
        match is_same {
            true => Ok(()),
            false => Err(Error::Failed(
                "what is there now is not what is in the archive; did somebody change it meanwhile? Run the same again"
                    .to_owned(),
            )),
        }
    }
}

/// The largest file of a picture that the archive has.
fn picture(from: &Path, url: &str) -> Option<PathBuf> {
    let id: Uuid = url.strip_prefix("avatars/")?.parse().ok()?;
    let folder = from.join(FILES).join("avatars");
    let files = SIDES.map(|side| folder.join(format!("{id}-{side}.webp")));
    files.into_iter().find(|file| file.is_file())
}

/// A text of the archive, by the rule that it was written under.
fn fit<T>(
    field: &str,
    text: String,
    parse: impl Fn(String) -> std::result::Result<T, &'static str>,
) -> Result<T> {
    parse(text).map_err(|rule| Error::Usage(format!("{LINES}: {field} {rule}")))
}

/// Whether somebody is on this server, by the id.
async fn is_here(theirs: &Client, other: &Other) -> Result<bool> {
    let user_id = other.user_id;
    match again(theirs, ShowUser { user_id }).await {
        Ok(_) => Ok(true),
        Err(error) if error.exit_code() == Code::NotFound.exit_code() => {
            tracing::info!(username = other.username, "not on this server");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Makes a call that does no harm twice, and waits where there were too many.
async fn again<E: Endpoint + Clone>(client: &Client, request: E) -> Result<E::Reply> {
    let call = async || client.call(request.clone()).await;
    wait_out(Repeat::Unknown, |_| {}, call).await
}
