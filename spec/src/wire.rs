//! How the checked values meet serde and JSON Schema: each is one string.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::identifier::{HttpsUrl, Identifier};
use crate::message::Version;
use crate::values::{BearerToken, ExchangeId, HmacKey, Signature, Timestamp};

/// Writes the value as the text that `$text` gives, reads it with its own `parse`,
/// and describes it with `$schema`.
macro_rules! one_string {
    ($type:ident, $text:expr, $schema:tt) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let text: fn(&Self) -> Zeroizing<String> = $text;
                serializer.serialize_str(&text(self))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Zeroizing::new(String::deserialize(deserializer)?);
                $type::parse(&text).map_err(|error| D::Error::custom(error.why()))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

one_string!(Version, |_| Zeroizing::new(crate::VERSION.to_owned()), {
    "type": "string",
    "const": "BTX-1"
});

one_string!(Identifier, |value| Zeroizing::new(value.as_str().to_owned()), {
    "type": "string",
    "minLength": 9,
    "maxLength": 512,
    "pattern": r#"^https://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?(/[!"$->@-\[\]-~]*)?$"#,
    "not": { "pattern": "^https://[^/?]*:443([/?]|$)" }
});

one_string!(HttpsUrl, |value| Zeroizing::new(value.as_str().to_owned()), {
    "type": "string",
    "minLength": 9,
    "maxLength": 2048,
    "pattern": r#"^https://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?([/?][!"$-\[\]-~]*)?$"#,
    "not": { "pattern": "^https://[^/?]*:443([/?]|$)" }
});

one_string!(ExchangeId, |value| Zeroizing::new(value.as_str().to_owned()), {
    "type": "string",
    "minLength": 36,
    "maxLength": 36,
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "not": { "enum": [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff"
    ] }
});

one_string!(HmacKey, HmacKey::to_base64, {
    "type": "string",
    "minLength": 44,
    "maxLength": 44,
    "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"
});

one_string!(BearerToken, |value| Zeroizing::new(value.expose().to_owned()), {
    "type": "string",
    "minLength": 20,
    "maxLength": 4096,
    "pattern": "^[A-Za-z0-9._~+/-]+=*$"
});

one_string!(Timestamp, |value| Zeroizing::new(value.to_string()), {
    "type": "string",
    "minLength": 20,
    "maxLength": 20,
    "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
});

one_string!(Signature, |value| Zeroizing::new(value.to_base64()), {
    "type": "string",
    "minLength": 44,
    "maxLength": 44,
    "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"
});
