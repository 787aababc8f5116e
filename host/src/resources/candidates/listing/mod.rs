//! Which candidates a list holds.

pub(crate) mod store;

use super::{contact, details};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;

/// What a list is narrowed to; what is absent does not matter.
#[derive(Debug, Default)]
pub struct Filter {
    pub created_after: Option<Time>,
    pub include_deleted: bool,
    /// As it is compared.
    pub email: Option<String>,
    /// Its digits.
    pub phone: Option<String>,
    /// As it is compared.
    pub tag: Option<String>,
    pub source: Option<String>,
}

impl Filter {
    /// The filter as it is compared.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn checked(self) -> Result<Self> {
        let phone = match &self.phone {
            Some(text) => Some(contact::phone_key(text).ok_or_else(|| {
                Error::invalid("phone", "invalid_phone", "a phone number has 6 to 17 digits")
            })?),
            None => None,
        };
        Ok(Self {
            created_after: self
                .created_after
                .map(|time| fields::instant("created_after", time))
                .transpose()?,
            include_deleted: self.include_deleted,
            email: self.email.map(|text| fields::email("email", &text)).transpose()?,
            phone,
            tag: self.tag.map(|tag| details::tag_key(&tag)),
            source: self.source,
        })
    }
}
