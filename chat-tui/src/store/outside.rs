//! Drafts in the hands of an editor: each a file, and beside it one with the text as it was before, which is locked as long
//! as the program lives that waits for the editor. What a program leaves behind that died in between is found by that.

use super::Sessions;
use chat_client::{create_private_dir, write_private};
use chat_core::ConversationId;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A conversation's id as it stands in a file's name.
const ID_CHARS: usize = 36;

/// A draft in the hands of an editor.
#[derive(Debug)]
pub struct Outside {
    /// Where it was begun.
    pub conversation: ConversationId,
    path: PathBuf,
    beside: PathBuf,
    before: String,
    /// Nobody else takes it up while this is locked.
    _lock: fs::File,
}

impl Sessions {
    /// Writes a draft to where an editor finds it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_draft(&self, conversation: ConversationId, text: &str) -> io::Result<Outside> {
        create_private_dir(&self.known)?;
        let program = std::process::id();
        // One that an editor left behind is somebody's words.
        let path = (0_u32..)
            .map(|nth| format!("draft-{conversation}-{program}-{nth}.md"))
            .map(|name| self.known.join(name))
            .find(|path| !path.exists())
            .expect("numbers do not end");
        let beside = beside(&path);
        write_private(&beside, text.as_bytes())?;
        let lock = fs::File::open(&beside)?;
        lock.lock()?;
        write_private(&path, text.as_bytes())?;
        Ok(Outside {
            conversation,
            path,
            beside,
            before: text.to_owned(),
            _lock: lock,
        })
    }

    /// Drafts that an editor had when the program died.
    pub fn left_drafts(&self) -> Vec<Outside> {
        let files = fs::read_dir(&self.known).into_iter().flatten().flatten();
        files.filter_map(|file| left(&file.path())).collect()
    }
}

/// What was left behind, by the editor's file.
fn left(path: &Path) -> Option<Outside> {
    let name = path.file_name()?.to_str()?;
    let conversation = name.strip_prefix("draft-")?.get(..ID_CHARS)?;
    let conversation = conversation.parse().ok()?;
    if path.extension()? != "md" {
        return None;
    }
    let beside = beside(path);
    let lock = fs::File::open(&beside).ok()?;
    lock.try_lock().ok()?;
    Some(Outside {
        conversation,
        path: path.to_owned(),
        before: io::read_to_string(&lock).ok()?,
        beside,
        _lock: lock,
    })
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("before")
}

impl Outside {
    /// The file that the editor has.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the editor has written by now, if that is another text than before.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn written(&self) -> io::Result<Option<String>> {
        let written = fs::read(&self.path)?;
        let written = String::from_utf8_lossy(&written);
        Ok((written != self.before).then(|| written.into_owned()))
    }

    /// The draft with what the editor has written: in the place of the text that it began with, else behind what has been
    /// written since. None when it has written nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn as_draft(&self, draft: Option<&str>) -> io::Result<Option<String>> {
        let before = self.before.trim_end();
        let written = self.written()?;
        let written = written.as_deref().map(str::trim_end);
        Ok(written.map(|written| match draft.map(str::trim_end) {
            Some(draft) if draft != before && draft != written => format!("{draft}\n{written}"),
            _ => written.to_owned(),
        }))
    }

    /// Its text is where it belongs: the files go.
    pub fn take_away(self) {
        fs::remove_file(&self.path).ok();
        fs::remove_file(&self.beside).ok();
    }

    /// It stays where it is, and nobody takes it up.
    pub fn leave(self) -> PathBuf {
        fs::remove_file(&self.beside).ok();
        self.path
    }
}
