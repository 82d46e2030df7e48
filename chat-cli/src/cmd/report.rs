//! `chat report`: messages that members have shown to those who look after the server.

use super::{caller::Caller, page::Most};
use crate::{
    cli::{Global, by_rule, one_of},
    error::Result,
    output::{Columns, Output},
};
use chat_core::{DecideReport, ListReports, Reason, ReportId, ReportState, ShowReport};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat report list                                  those that nobody has decided yet
  chat report show 01890a5d-ac96-774b-bcce-b302099a8057
  chat report decide 01890a5d-ac96-774b-bcce-b302099a8057 resolved --note 'disabled the account'
";

const STATES: [&str; 3] = ["open", "resolved", "dismissed"];

const REPORTS: Columns = Columns(&[
    ("id", "/id"),
    ("state", "/state"),
    ("when", "/created_at"),
    ("by", "/reporter/username"),
    ("about", "/message/sender/username"),
    ("reason", "/reason"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ReportCommand {
    /// List reports, newest first
    List {
        /// Only those [default: open]
        #[arg(long, value_parser = one_of::<ReportState>(&STATES))]
        state: Option<ReportState>,
        #[command(flatten)]
        most: Most,
    },
    /// Show a report, with what was said
    Show {
        /// Its id
        report: ReportId,
    },
    /// Say what became of a report
    Decide {
        /// Its id
        report: ReportId,
        /// What became of it
        #[arg(value_parser = one_of::<ReportState>(&STATES))]
        state: ReportState,
        /// For the others who look after the server
        #[arg(long, value_name = "TEXT", value_parser = by_rule::<Reason>)]
        note: Option<Reason>,
    },
}

/// Does it.
pub(crate) async fn run(command: ReportCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        ReportCommand::List { state, most } => {
            let ask = |limit, cursor| ListReports {
                state,
                limit,
                cursor,
            };
            caller.list(REPORTS, most.of(&caller.out), ask).await
        }
        ReportCommand::Show { report } => {
            let show = ShowReport { report_id: report };
            caller.card("/id", show).await
        }
        ReportCommand::Decide {
            report,
            state,
            note,
        } => {
            let decide = DecideReport {
                report_id: report,
                state,
                note,
            };
            caller.row(REPORTS, decide).await
        }
    }
}
