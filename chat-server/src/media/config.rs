//! Where files are kept. The secret of a bucket is shown nowhere: not by `Debug`, not by `chat config show`.

use crate::Error;
use chat_core::Secret;
use serde::{Deserialize, Serialize, Serializer};

/// Shown in place of a secret.
const HIDDEN: &str = "[secret]";

/// Where the server keeps files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// A directory, or `s3://BUCKET/PREFIX` for S3 and what speaks like it. When absent: beside the database file
    /// (`chat.db.media`), or in memory for a database in memory.
    pub store: Option<String>,
    /// Where the bucket is served, when not by AWS: `https://minio.example.org`.
    pub s3_endpoint: Option<String>,
    /// The bucket's region. When absent: `AWS_REGION`, or `us-east-1`.
    pub s3_region: Option<String>,
    /// Who reads and writes the bucket. When absent: `AWS_ACCESS_KEY_ID`, or what the machine's role says.
    pub s3_access_key_id: Option<String>,
    /// The secret that belongs to it. When absent: `AWS_SECRET_ACCESS_KEY`.
    #[serde(serialize_with = "hidden")]
    pub s3_secret_access_key: Option<Secret>,
}

fn hidden<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| HIDDEN).serialize(serializer)
}

impl MediaConfig {
    /// Refuses settings that could not work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = match self.bucket() {
            Some(("", _)) => "media.store names no bucket; write it like s3://bucket/prefix",
            Some(_) if self.s3_access_key_id.is_some() != self.s3_secret_access_key.is_some() => {
                "media.s3_access_key_id and media.s3_secret_access_key belong together; set both or none"
            }
            Some(_) => match &self.s3_endpoint {
                Some(url) if !url.starts_with("https://") && !url.starts_with("http://") => {
                    "media.s3_endpoint must be an address such as https://minio.example.org"
                }
                _ => return Ok(()),
            },
            None if self.s3_endpoint.is_some() || self.s3_access_key_id.is_some() => {
                "media.s3_… is set, but media.store is no bucket; write it like s3://bucket/prefix"
            }
            None => return Ok(()),
        };
        Err(Error::Config(wrong.to_owned()))
    }

    /// The bucket and what its keys begin with, where the store is one.
    pub(super) fn bucket(&self) -> Option<(&str, &str)> {
        let rest = self.store.as_deref()?.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Some((bucket, prefix.trim_matches('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_shown() {
        let config = MediaConfig {
            s3_secret_access_key: Some(Secret::new("hunter2")),
            ..MediaConfig::default()
        };

        let shown = format!("{config:?}{}", serde_json::to_string(&config).unwrap());

        assert!(
            shown.contains(HIDDEN) && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn a_bucket_is_told_from_a_directory() {
        let store = |store: &str| MediaConfig {
            store: Some(store.to_owned()),
            ..MediaConfig::default()
        };

        assert_eq!(store("s3://files/chat/").bucket(), Some(("files", "chat")));
        assert_eq!(store("s3://files").bucket(), Some(("files", "")));
        assert_eq!(store("/var/lib/chat").bucket(), None);
        assert!(store("s3://").check().is_err());
        let keyless = MediaConfig {
            s3_access_key_id: Some("id".to_owned()),
            ..store("s3://files")
        };
        assert!(keyless.check().is_err());
    }
}
