//! Secrets as they stand in the database: XChaCha20-Poly1305 under a named key, bound to the place they stand in, so
//! that one copied to another row, column or tenant does not open there.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

const VERSION: u8 = 1;
const ID_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;

/// Names a key; not secret.
pub type KeyId = [u8; ID_BYTES];

/// Where a secret stands; bound to it as associated data.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The tenant's UUID as text; empty for the server's own.
    pub tenant: &'a str,
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a str,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        let parts = [self.tenant, self.table, self.column, self.row];
        // Each part after its length: no two places read the same.
        let with_length = |part: &str| [&(part.len() as u64).to_le_bytes(), part.as_bytes()].concat();
        parts.into_iter().flat_map(with_length).collect()
    }
}

/// Layout: version (1 byte), key id (16), nonce (24), ciphertext and tag.
pub fn seal(key: &[u8; 32], id: &KeyId, place: Place<'_>, secret: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let payload = Payload { msg: secret, aad: &place.bytes() };
    let text = cipher.encrypt(&XNonce::from(nonce), payload).expect("memory takes any secret of ours");
    [&[VERSION][..], id, &nonce, &text].concat()
}

/// Which key opens it; nothing when it is no sealed secret.
pub fn key_id(sealed: &[u8]) -> Option<KeyId> {
    let (version, rest) = sealed.split_first()?;
    if *version != VERSION {
        return None;
    }
    rest.first_chunk::<ID_BYTES>().copied()
}

/// Nothing when it was sealed with another key or for another place, or was altered.
pub fn open(key: &[u8; 32], place: Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
    key_id(sealed)?;
    let (nonce, text) = sealed.get(1 + ID_BYTES..)?.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &place.bytes() }).ok()
}

#[cfg(test)]
mod tests {
    use super::{Place, key_id, open, seal};

    const HERE: Place<'_> = Place { tenant: "t", table: "secrets", column: "value", row: "1" };

    #[test]
    fn a_secret_opens_in_its_place_only() {
        let sealed = seal(&[7; 32], &[1; 16], HERE, b"hush");

        assert_eq!(key_id(&sealed), Some([1; 16]));
        assert_eq!(open(&[7; 32], HERE, &sealed).as_deref(), Some(&b"hush"[..]));
        assert_eq!(open(&[8; 32], HERE, &sealed), None);
        for elsewhere in
            [Place { tenant: "u", ..HERE }, Place { row: "2", ..HERE }, Place { column: "", ..HERE }]
        {
            assert_eq!(open(&[7; 32], elsewhere, &sealed), None);
        }
        // The parts of a place cannot run into one another.
        let shifted = Place { tenant: "ts", table: "ecrets", ..HERE };
        assert_eq!(open(&[7; 32], shifted, &sealed), None);
    }

    #[test]
    fn an_altered_secret_does_not_open() {
        let sealed = seal(&[7; 32], &[1; 16], HERE, b"hush");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            // The key's name only says which key to try.
            let is_name = (1..17).contains(&at);
            assert_eq!(open(&[7; 32], HERE, &altered).is_some(), is_name, "byte {at}");
        }
        assert_eq!(open(&[7; 32], HERE, &sealed[..20]), None);
        assert_eq!(open(&[7; 32], HERE, b""), None);
    }
}
