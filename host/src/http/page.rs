//! Lists, page by page. A cursor is opaque and signed, and belongs to the list and filter it came from.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;
const MAC_BYTES: usize = 16;

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageParams {
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    pub cursor: Option<String>,
}

/// A list's position: where to go on, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// The last id already seen; the greatest there is before the first page, as lists begin with the newest.
    pub after: Uuid,
    pub limit: u32,
}

impl Position {
    /// One row more than the page holds tells whether there is another page.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

impl PageParams {
    /// `list` names the list and its filter; a cursor of another is refused.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn position(&self, keys: &Keys, list: &str) -> Result<Position> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid("limit", "out_of_range", format!("limit is 1 to {MAX_LIMIT}")));
        }
        let after = match &self.cursor {
            Some(cursor) => read(keys, list, cursor)?,
            None => Uuid::max(),
        };
        Ok(Position { after, limit })
    }
}

fn write(keys: &Keys, list: &str, last: Uuid) -> String {
    let mac = keys.mac(Purpose::Cursor, &[list.as_bytes(), last.as_bytes()]);
    let mut bytes = last.as_bytes().to_vec();
    bytes.extend_from_slice(&mac[..MAC_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(keys: &Keys, list: &str, cursor: &str) -> Result<Uuid> {
    let wrong = || {
        let detail = "the cursor does not belong to this list and filter; start again without one";
        Error::invalid("cursor", "wrong_cursor", detail)
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (last, mac) = bytes.split_at_checked(16).ok_or_else(wrong)?;
    let expected = keys.mac(Purpose::Cursor, &[list.as_bytes(), last]);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected[..MAC_BYTES], mac)) {
        return Err(wrong());
    }
    Uuid::from_slice(last).map_err(|_| wrong())
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Send it as `cursor` for the next page.
    pub next_cursor: Option<String>,
    pub has_more: bool,
    #[serde(skip)]
    next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the row that was fetched beyond the page and makes the cursor. `id` is the key the list is ordered by.
    pub fn of<R>(
        mut rows: Vec<R>,
        position: Position,
        keys: &Keys,
        list: &str,
        uri: &Uri,
        id: impl Fn(&R) -> Uuid,
        view: impl Fn(R) -> T,
    ) -> Self {
        let limit = position.limit as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|row| write(keys, list, id(row)));
        let next = next_cursor.as_ref().map(|cursor| next_link(uri, cursor));
        Self { data: rows.into_iter().map(view).collect(), next_cursor, has_more, next }
    }
}

fn next_link(uri: &Uri, cursor: &str) -> String {
    let others = uri.query().unwrap_or("").split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
    let query: Vec<_> = others.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let link = self.next.as_deref().and_then(|link| HeaderValue::from_str(link).ok());
        let mut response = axum::Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}
