//! The field `Authentication-Info` that brings a token and says how long it lives (RFC 9110 section 11.6.3): what is
//! the same whoever sends it.

use crate::fields::{Item, Value, items};

/// Why the field cannot be read.
pub(crate) enum FieldFault {
    TwoFields,
    TooLong,
    Grammar,
    Repeated(&'static str),
}

/// The parameters of the one field that an answer may have; none without a field.
pub(crate) fn parameters<'f>(
    fields: &[&'f str],
    longest: usize,
) -> Result<Vec<Item<'f>>, FieldFault> {
    let field = match fields {
        [] => return Ok(Vec::new()),
        [field] => *field,
        _ => return Err(FieldFault::TwoFields),
    };
    if field.len() > longest {
        return Err(FieldFault::TooLong);
    }
    let parameters = items(field).ok_or(FieldFault::Grammar)?;
    // A parameter always has a value (RFC 9110 section 11.2).
    match parameters.iter().all(|parameter| parameter.value.is_some()) {
        true => Ok(parameters),
        false => Err(FieldFault::Grammar),
    }
}

/// The value of the parameter of this name; letter case of names means nothing.
pub(crate) fn only<'i, 'f>(
    parameters: &'i [Item<'f>],
    name: &'static str,
) -> Result<Option<&'i Value<'f>>, FieldFault> {
    let mut named = parameters
        .iter()
        .filter(|parameter| parameter.name.eq_ignore_ascii_case(name));
    let first = named.next().and_then(|parameter| parameter.value.as_ref());
    match named.next() {
        None => Ok(first),
        Some(_) => Err(FieldFault::Repeated(name)),
    }
}

/// Seconds that stand there in digits alone.
pub(crate) fn seconds(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::Bare(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    }
}
