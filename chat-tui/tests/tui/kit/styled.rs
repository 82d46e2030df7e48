//! A screen as text with its styles: under each line that has any, a letter for each cell, and at the end what the letters
//! mean. A dot is the style that most cells have.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier, Style},
};
use std::{collections::BTreeMap, fmt::Write};

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Colours, and whether bold, dim, underlined, reversed and the like.
type Look = (Color, Color, Modifier);

fn look(cell: &Cell) -> Look {
    let Style { fg, bg, .. } = cell.style();
    (
        fg.unwrap_or_default(),
        bg.unwrap_or_default(),
        cell.modifier,
    )
}

/// The cell that is seen in each column: a wide character covers the one behind it.
fn seen(row: &[Cell]) -> impl Iterator<Item = &Cell> {
    let mut at = 0;
    let mut covers = 0;
    row.iter().enumerate().map(move |(column, cell)| {
        if column >= at + covers {
            at = column;
            covers = usize::from(ratatui::buffer::CellWidth::cell_width(cell.symbol())).max(1);
        }
        &row[at]
    })
}

pub(super) fn styled(buffer: &Buffer, lines: &[String]) -> String {
    let mut looks: Vec<(Look, usize)> = Vec::new();
    let width = usize::from(buffer.area.width);
    for cell in buffer.content().chunks(width).flat_map(seen) {
        let found = looks.iter_mut().find(|(known, _)| *known == look(cell));
        match found {
            Some((_, count)) => *count += 1,
            None => looks.push((look(cell), 1)),
        }
    }
    let most = looks.iter().max_by_key(|(_, count)| *count);
    let most = most.expect("there are cells").0;
    let mut letters = LETTERS.chars();
    let names: BTreeMap<String, char> = looks
        .iter()
        .map(|(look, _)| match *look == most {
            true => (name(*look), '.'),
            false => (name(*look), letters.next().expect("not that many styles")),
        })
        .collect();
    let mut out = String::new();
    for (text, cells) in lines.iter().zip(buffer.content().chunks(width)) {
        writeln!(out, "  {text}").unwrap();
        let styles: String = seen(cells).map(|cell| names[&name(look(cell))]).collect();
        let styles = styles.trim_end_matches('.');
        if !styles.is_empty() {
            writeln!(out, "~ {styles}").unwrap();
        }
    }
    let mut legend: Vec<_> = names
        .into_iter()
        .map(|(name, letter)| (letter, name))
        .collect();
    legend.sort();
    for (letter, name) in legend {
        writeln!(out, "{letter} = {name}").unwrap();
    }
    out
}

fn name((fg, bg, modifier): Look) -> String {
    let ground = match bg {
        Color::Reset => String::new(),
        bg => format!(" on {bg}"),
    };
    let modifier = match modifier.is_empty() {
        true => String::new(),
        false => format!(" {modifier:?}").to_lowercase(),
    };
    format!("{fg}{ground}{modifier}").to_lowercase()
}
