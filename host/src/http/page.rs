//! Lists, page by page: newest first, or in the order of their changes. A cursor is opaque and signed, holds the key of
//! the last row seen, and belongs to the list and filter it came from.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::TenantId;
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

/// What a list is ordered by: unique in it, and all that a cursor holds.
pub trait Key: Copy {
    /// Of one length for all keys of a kind, and of another for those of another kind.
    fn to_bytes(self) -> Vec<u8>;

    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// For lists that begin with the newest.
impl Key for Uuid {
    fn to_bytes(self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok()
    }
}

/// For lists in the order of a time; rows of the same microsecond go by their id.
impl Key for (Time, Uuid) {
    fn to_bytes(self) -> Vec<u8> {
        [self.0.timestamp_micros().to_be_bytes().as_slice(), self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk()?;
        Some((Time::from_timestamp_micros(i64::from_be_bytes(*micros))?, Uuid::from_slice(id).ok()?))
    }
}

/// For lists in the order of one number.
impl Key for i64 {
    fn to_bytes(self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(i64::from_be_bytes(bytes.try_into().ok()?))
    }
}

/// For lists in the order of two numbers.
impl Key for (i64, i64) {
    fn to_bytes(self) -> Vec<u8> {
        // One byte more than an id has.
        [[2].as_slice(), &self.0.to_be_bytes(), &self.1.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (first, second) = bytes.strip_prefix(&[2])?.split_first_chunk()?;
        Some((i64::from_be_bytes(*first), i64::from_be_bytes(second.try_into().ok()?)))
    }
}

/// For lists in the order of a number, the rows of an equal one by their id.
impl Key for (i64, Uuid) {
    fn to_bytes(self) -> Vec<u8> {
        // One byte more than a time and an id have.
        [[3].as_slice(), &self.0.to_be_bytes(), self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, id) = bytes.strip_prefix(&[3])?.split_first_chunk()?;
        Some((i64::from_be_bytes(*number), Uuid::from_slice(id).ok()?))
    }
}

/// A list's position: where to go on, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Position<K = Uuid> {
    /// The last key already seen; before the first page one that no row comes before.
    pub after: K,
    pub limit: u32,
}

impl<K> Position<K> {
    /// One row more than the page holds tells whether there is another page.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// Position of a list that can be read in two orders.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// By descending id: for people.
    Newest(Position),
    /// By ascending time of the last change: for whoever keeps a copy.
    Changes(Position<(Time, Uuid)>),
}

impl PageParams {
    /// Where a list that begins with the newest goes on. `list` names the list and its filter; a cursor of another is
    /// refused.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn position(&self, keys: &Keys, list: &str) -> Result<Position> {
        self.position_from(keys, list, Uuid::max())
    }

    /// The same for a list of another order: its first page begins after `start`.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn position_from<K: Key>(&self, keys: &Keys, list: &str, start: K) -> Result<Position<K>> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid("limit", "out_of_range", format!("limit is 1 to {MAX_LIMIT}")));
        }
        let after = match &self.cursor {
            Some(cursor) => read(keys, list, cursor)?,
            None => start,
        };
        Ok(Position { after, limit })
    }

    /// Newest first, or with `updated_after` what has changed since, in the order in which it did.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn order(&self, keys: &Keys, list: &str, updated_after: Option<Time>) -> Result<Order> {
        Ok(match updated_after {
            None => Order::Newest(self.position(keys, list)?),
            Some(time) => {
                let start = (fields::instant("updated_after", time)?, Uuid::max());
                Order::Changes(self.position_from(keys, list, start)?)
            }
        })
    }
}

/// The cursor of a list that goes on after this key.
pub fn write(keys: &Keys, list: &str, last: impl Key) -> String {
    let mut bytes = last.to_bytes();
    let mac = keys.mac(Purpose::Cursor, &[list.as_bytes(), &bytes]);
    bytes.extend_from_slice(&mac[..MAC_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key a list goes on after.
///
/// # Errors
/// `Invalid` when the cursor was not written for this list.
pub fn read<K: Key>(keys: &Keys, list: &str, cursor: &str) -> Result<K> {
    let wrong = || {
        let detail = "the cursor does not belong to this list and filter; start again without one";
        Error::invalid("cursor", "wrong_cursor", detail)
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (last, mac) = bytes.split_last_chunk::<MAC_BYTES>().ok_or_else(wrong)?;
    let expected = keys.mac(Purpose::Cursor, &[list.as_bytes(), last]);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected[..MAC_BYTES], mac)) {
        return Err(wrong());
    }
    K::from_bytes(last).ok_or_else(wrong)
}

/// Names a list by the request for it: everything that is asked for but the page.
pub fn list_name(tenant: TenantId, uri: &Uri) -> String {
    let is_filter = |part: &&str| !part.starts_with("cursor=") && !part.starts_with("limit=");
    let filters: Vec<&str> = uri.query().unwrap_or("").split('&').filter(is_filter).collect();
    format!("{} of {tenant}: {}", uri.path(), filters.join("&"))
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
    /// Cuts the row that was fetched beyond the page and makes the cursor. `key` is what the list is ordered by.
    pub fn of<R, K: Key>(
        mut rows: Vec<R>,
        position: Position<K>,
        keys: &Keys,
        list: &str,
        uri: &Uri,
        key: impl Fn(&R) -> K,
        view: impl Fn(R) -> T,
    ) -> Self {
        let limit = position.limit as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|row| write(keys, list, key(row)));
        let next = next_cursor.as_ref().map(|cursor| next_link(uri, "cursor", cursor));
        Self { data: rows.into_iter().map(view).collect(), next_cursor, has_more, next }
    }

    /// The same for a list of two orders. `key` is when a row last changed, and its id.
    pub fn in_order<R>(
        rows: Vec<R>,
        order: Order,
        keys: &Keys,
        list: &str,
        uri: &Uri,
        key: impl Fn(&R) -> (Time, Uuid),
        view: impl Fn(R) -> T,
    ) -> Self {
        match order {
            Order::Newest(position) => Self::of(rows, position, keys, list, uri, |row| key(row).1, view),
            Order::Changes(position) => Self::of(rows, position, keys, list, uri, key, view),
        }
    }
}

impl<T> Page<T> {
    /// The `Link` header to the next page.
    pub fn link(&self) -> Option<HeaderValue> {
        self.next.as_deref().and_then(|link| HeaderValue::from_str(link).ok())
    }
}

/// The `Link` to the same list with this cursor in this parameter.
pub fn next_link(uri: &Uri, name: &str, cursor: &str) -> String {
    let is_it = |part: &&str| part.split_once('=').is_some_and(|(parameter, _)| parameter == name);
    let others = uri.query().unwrap_or("").split('&').filter(|part| !part.is_empty() && !is_it(part));
    let query: Vec<_> = others.map(str::to_owned).chain([format!("{name}={cursor}")]).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let link = self.link();
        let mut response = axum::Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Key, read, write};
    use crate::clock::Time;
    use crate::keys::Keys;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_for_its_own_list_only() {
        let keys = Keys::parse(&"5e".repeat(32)).expect("it is a key");
        let moment: (Time, Uuid) =
            ("2026-03-02T09:00:00.000001Z".parse().expect("it is a time"), Uuid::from_u128(7));

        let by_id = write(&keys, "things", moment.1);
        let by_change = write(&keys, "things", moment);

        assert_eq!(read::<Uuid>(&keys, "things", &by_id).expect("it is its own"), moment.1);
        assert_eq!(read::<(Time, Uuid)>(&keys, "things", &by_change).expect("it is its own"), moment);
        assert!(read::<Uuid>(&keys, "things", &by_change).is_err());
        assert!(read::<(Time, Uuid)>(&keys, "things", &by_id).is_err());
        assert!(read::<Uuid>(&keys, "others", &by_id).is_err());
        assert_eq!(<(Time, Uuid)>::from_bytes(&[0xff; 23]), None);
    }
}
