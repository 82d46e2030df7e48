//! `chat report`: messages that members have shown to those who look after the server.

use super::{
    bulk::Bulk,
    caller::Caller,
    page::{self, Most},
};
use crate::{
    cli::{Global, by_rule, one_of},
    error::Result,
    output::{Columns, Output},
};
use chat_core::{DecideReport, ListReports, Reason, ReportId, ReportState, ShowReport};
use clap::{Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  chat report list                                  those that nobody has decided yet
  chat report list --state all -o csv               also what became of the others
  chat report show 01890a5d-ac96-774b-bcce-b302099a8057
  chat report decide 01890a5d-ac96-774b-bcce-b302099a8057 resolved --note 'disabled the account'
  chat report decide 01890a5d-ac96-774b-bcce-b302099a8057 01890a5d-ac96-774b-bcce-b302099a8058 dismissed
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
        /// Only those
        #[arg(long, value_enum, default_value_t = Listed::Open)]
        state: Listed,
        #[command(flatten)]
        most: Most,
    },
    /// Show a report, with what was said
    Show {
        /// Its id
        report: ReportId,
    },
    /// Say what became of reports
    Decide {
        /// Their ids
        #[arg(required = true, num_args = 1.., value_name = "REPORT")]
        reports: Vec<ReportId>,
        /// What became of it
        #[arg(value_parser = one_of::<ReportState>(&STATES))]
        state: ReportState,
        /// For the others who look after the server
        #[arg(long, value_name = "TEXT", value_parser = by_rule::<Reason>)]
        note: Option<Reason>,
    },
}

/// Which reports are listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Listed {
    Open,
    Resolved,
    Dismissed,
    All,
}

/// Does it.
pub(crate) async fn run(command: ReportCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        ReportCommand::List { state, most } => {
            let most = most.of(&caller.out);
            let of = |state| {
                move |limit, cursor| ListReports {
                    state: Some(state),
                    limit,
                    cursor,
                }
            };
            let state = match state {
                Listed::Open => ReportState::Open,
                Listed::Resolved => ReportState::Resolved,
                Listed::Dismissed => ReportState::Dismissed,
                Listed::All => return list_all(&caller, most, of).await,
            };
            caller.list(REPORTS, most, of(state)).await
        }
        ReportCommand::Show { report } => {
            let show = ShowReport { report_id: report };
            caller.card("/id", show).await
        }
        ReportCommand::Decide {
            reports,
            state,
            note,
        } => decide(&caller, &reports, state, note.as_ref()).await,
    }
}

async fn decide(
    caller: &Caller,
    reports: &[ReportId],
    state: ReportState,
    note: Option<&Reason>,
) -> Result<()> {
    let word = match state {
        ReportState::Open => "open",
        ReportState::Resolved => "resolved",
        ReportState::Dismissed => "dismissed",
        ReportState::Unknown => "decided",
    };
    let one = async |report_id| {
        let deed = format!("say of the report {report_id} that it is {word}");
        caller.would_to(ShowReport { report_id }, &deed).await?;
        let note = note.cloned();
        caller
            .call(DecideReport {
                report_id,
                state,
                note,
            })
            .await
    };
    let mut bulk = Bulk::of(caller.out, reports.len());
    let mut decided = Vec::new();
    for report in reports {
        let how = one(*report).await.map(|report| decided.push(report));
        if let Err(error) = bulk.note(&report.to_string(), how) {
            caller.out.rows(REPORTS, &decided)?;
            return Err(error);
        }
    }
    caller.out.rows(REPORTS, &decided)?;
    bulk.end("decided")
}

/// Lists those of every state together, newest first. The server has a list for each.
async fn list_all<A>(caller: &Caller, most: usize, of: impl Fn(ReportState) -> A) -> Result<()>
where
    A: Fn(Option<u32>, Option<String>) -> ListReports,
{
    let mut all = Vec::new();
    for state in [
        ReportState::Open,
        ReportState::Resolved,
        ReportState::Dismissed,
    ] {
        let and_one = most.saturating_add(1);
        all.extend(page::first(&caller.client, and_one, of(state)).await?);
    }
    all.sort_by_key(|report| std::cmp::Reverse((report.created_at, report.id)));
    let is_more = all.len() > most;
    all.truncate(most);
    caller.out.rows(REPORTS, &all)?;
    page::tell_of_rest(&caller.out, is_more, all.len());
    Ok(())
}
