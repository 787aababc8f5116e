//! Tables, row by row.

use mortise_sdk::PluginError;
use roxmltree::Node;
use word_processing::xml::attribute;
use word_processing::{Budget, Table, TableCell};

use crate::body::Reader;

/// Further columns are not told apart.
const MAX_COLUMNS: usize = 200;

fn count(node: Node<'_, '_>, name: &str) -> usize {
    attribute(node, name).and_then(|count| count.parse::<usize>().ok()).unwrap_or(1).clamp(1, MAX_COLUMNS)
}

impl Reader<'_> {
    pub(crate) fn table(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Table, PluginError> {
        let mut table = Table::default();
        self.rows(node, Budget::deeper(depth)?, &mut table)?;
        table.complete();
        Ok(table)
    }

    fn rows(&mut self, node: Node<'_, '_>, depth: usize, table: &mut Table) -> Result<(), PluginError> {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "table-column" => {
                    let width = self.styles.column(attribute(child, "style-name")).unwrap_or(0.0).max(0.0);
                    let room = MAX_COLUMNS.saturating_sub(table.columns.len());
                    let same = count(child, "number-columns-repeated").min(room);
                    table.columns.extend(std::iter::repeat_n(width, same));
                }
                "table-row" => {
                    let row = self.row(child, Budget::deeper(depth)?)?;
                    table.rows.push(row);
                }
                "table-columns"
                | "table-header-columns"
                | "table-column-group"
                | "table-rows"
                | "table-header-rows"
                | "table-row-group" => self.rows(child, Budget::deeper(depth)?, table)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn row(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Vec<TableCell>, PluginError> {
        self.budget.piece()?;
        let (mut row, mut column) = (Vec::new(), 0);
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            // What a wider cell covers has a place of its own in the row.
            if name != "table-cell" && name != "covered-table-cell" {
                continue;
            }
            if name == "table-cell" && child.has_children() {
                self.budget.piece()?;
                let mut blocks = Vec::new();
                self.blocks(child, depth, None, &mut blocks)?;
                row.push(TableCell {
                    start: column,
                    columns: count(child, "number-columns-spanned"),
                    blocks,
                });
            }
            column = (column + count(child, "number-columns-repeated")).min(MAX_COLUMNS);
        }
        Ok(row)
    }
}
