//! The members of an answer or a document, read with their types. Those that nobody asks for are ignored.

use serde_json::{Map, Value};

use crate::jose::{Audience, NumericDate};
use crate::json::FormError;
use crate::strict::{ObjectFault, object};

use super::scope::Scope;

/// How deep an answer or a document may nest, itself counted.
const MAX_NESTING: usize = 16;

/// The members of one strict JSON object.
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// Reads `bytes` as one strict JSON object.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, FormError> {
        object(bytes, MAX_NESTING)
            .map(Self)
            .map_err(|fault| match fault {
                ObjectFault::NotJson => FormError::NotJson {
                    reason: "it breaks the grammar".to_owned(),
                },
                ObjectFault::NotAnObject => FormError::NotAnObject,
                ObjectFault::TooDeep => FormError::TooDeep,
                ObjectFault::RepeatedMember => FormError::RepeatedName,
            })
    }

    /// A member that has to be there.
    pub(super) fn required<T>(
        &self,
        member: &'static str,
        read: fn(&Self, &'static str) -> Result<Option<T>, FormError>,
    ) -> Result<T, FormError> {
        read(self, member)?.ok_or(FormError::Missing { member })
    }

    /// A string.
    pub(super) fn text(&self, member: &'static str) -> Result<Option<String>, FormError> {
        self.typed(member, |value| value.as_str().map(str::to_owned))
    }

    /// A boolean.
    pub(super) fn flag(&self, member: &'static str) -> Result<Option<bool>, FormError> {
        self.typed(member, Value::as_bool)
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, member: &'static str) -> Result<Option<u64>, FormError> {
        self.typed(member, Value::as_u64)
    }

    /// An instant.
    pub(super) fn instant(&self, member: &'static str) -> Result<Option<NumericDate>, FormError> {
        self.typed(member, NumericDate::read)
    }

    /// An audience.
    pub(super) fn audience(&self, member: &'static str) -> Result<Option<Audience>, FormError> {
        self.typed(member, Audience::read)
    }

    /// An array of strings.
    pub(super) fn list(&self, member: &'static str) -> Result<Option<Vec<String>>, FormError> {
        self.typed(member, |value| {
            let items = value.as_array()?.iter();
            items.map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    /// A scope.
    pub(super) fn scope(&self, member: &'static str) -> Result<Option<Scope>, FormError> {
        let why = "it is not of the grammar of scopes";
        self.text(member)?
            .map(|text| Scope::parse(&text).map_err(|_| FormError::BadValue { member, why }))
            .transpose()
    }

    fn typed<T>(
        &self,
        member: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, FormError> {
        self.0
            .get(member)
            .map(|value| read(value).ok_or(FormError::WrongType { member }))
            .transpose()
    }
}
