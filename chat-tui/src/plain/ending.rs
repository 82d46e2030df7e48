//! The end of the line mode: what was said last goes out, and whoever reads is told what became of it. Nothing that was done
//! passes for undone, nor the other way round.

use super::Plain;
use crate::effect::perform::Left;
use chat_client::Client;

impl Plain {
    /// Lets the last go out, and says what did, what did not, and what was never taken.
    pub(super) async fn leave(
        mut self,
        ended: anyhow::Result<()>,
    ) -> anyhow::Result<(Left, usize)> {
        let waiting = self.performer.client().map_or(0, Client::sendable);
        let left = self.performer.finish().await;
        if waiting > left.count {
            self.said.line(&format!("* {} sent", waiting - left.count));
        }
        self.said.write();
        if let Err(error) = ended {
            let mut told = vec![format!("{error:#}")];
            told.extend(left.told());
            if !self.early.is_empty() {
                told.push("what was said after that was not taken: say it again".to_owned());
            }
            anyhow::bail!(told.join("; "));
        }
        if let Some(error) = self.said.unwritten() {
            let told = left.told();
            let told = told.unwrap_or_else(|| "what was asked for is done".to_owned());
            anyhow::bail!("cannot write to the standard output: {error}; {told}");
        }
        // Somebody who looks on has seen it.
        let refused = match self.interactive {
            true => 0,
            false => self.said.refused(),
        };
        Ok((left, refused))
    }
}
