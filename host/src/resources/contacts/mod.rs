//! Contacts: people one may call about a department or the whole tenant. Decides what a contact may hold.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::error::Result;
use crate::fields;
use crate::ids::{ContactId, DepartmentId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contact {
    pub id: ContactId,
    /// None: of the tenant as a whole.
    pub department_id: Option<DepartmentId>,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub title: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Fields of a contact; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub title: Option<Option<String>>,
}

impl Contact {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(name) = details.name {
            self.name = fields::line("#/name", &name, 200)?;
        }
        if let Some(email) = details.email {
            self.email = email.map(|email| fields::email("#/email", &email)).transpose()?;
        }
        if let Some(phone) = details.phone {
            self.phone = fields::optional_line("#/phone", phone, 60)?;
        }
        if let Some(title) = details.title {
            self.title = fields::optional_line("#/title", title, 200)?;
        }
        Ok(())
    }
}

impl Audited for Contact {
    const PERSONAL: &'static [&'static str] = &["name", "email", "phone", "title"];

    fn audited(&self) -> Value {
        json!({
            "name": self.name, "email": self.email, "phone": self.phone, "title": self.title,
            "department_id": self.department_id,
        })
    }
}
