//! How the settings about mail and robots are understood.

use super::{ConfigError, Dkim, Layers, RobotSettings, Robots, Smtp, SmtpTls};
use std::sync::Arc;

impl Layers {
    pub(super) fn smtp(&self) -> Result<Option<Smtp>, ConfigError> {
        let Some(host) = self.optional("smtp.host") else {
            return Ok(None);
        };
        let from = self
            .optional("smtp.from")
            .ok_or_else(|| self.wrong("smtp.from", "is needed when smtp.host is set"))?;
        let tls = self.choice(
            "smtp.tls",
            &[
                ("none", SmtpTls::None),
                ("starttls", SmtpTls::Starttls),
                ("tls", SmtpTls::Tls),
            ],
        )?;
        let user = self.optional("smtp.user");
        let here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if user.is_some() && tls == SmtpTls::None && !here {
            let problem = "a password must not travel in plain text: set smtp.tls to starttls or tls";
            return Err(self.wrong("smtp.user", problem));
        }
        Ok(Some(Smtp {
            host,
            port: self.parse("smtp.port")?,
            tls,
            user,
            password: self.optional("smtp.password"),
            from,
            connect_seconds: self.parse("smtp.connect_seconds")?,
            reply_seconds: self.parse("smtp.reply_seconds")?,
            data_seconds: self.parse("smtp.data_seconds")?,
            ca: self.certificates("smtp.ca_file")?,
            per_minute: self.parse("smtp.per_minute")?,
            dkim: self.dkim()?,
        }))
    }

    fn dkim(&self) -> Result<Option<Dkim>, ConfigError> {
        let Some(domain) = self.optional("dkim.domain") else {
            return Ok(None);
        };
        let pem = self
            .bytes("dkim.key_file")?
            .ok_or_else(|| self.wrong("dkim.key_file", "is needed when dkim.domain is set"))?;
        let key = crate::mail::dkim::Key::from_pem(&pem).map_err(|e| self.wrong("dkim.key_file", e))?;
        Ok(Some(Dkim {
            domain,
            selector: self.text("dkim.selector").to_owned(),
            key: Arc::new(key),
        }))
    }

    pub(super) fn robots(&self) -> Result<Robots, ConfigError> {
        let hosts = self.list("robots.hosts");
        let mut list = Vec::new();
        for (kind, url, secret) in [
            ("wecom", "robots.wecom.url", None),
            ("dingtalk", "robots.dingtalk.url", Some("robots.dingtalk.secret")),
            ("feishu", "robots.feishu.url", Some("robots.feishu.secret")),
        ] {
            let Some(address) = self.optional(url) else { continue };
            let parsed: Option<axum::http::Uri> = address.parse().ok();
            // A name or password before the host would make it look like another one.
            let listed = parsed.filter(|uri| {
                let plain = uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'));
                uri.scheme_str() == Some("https")
                    && plain
                    && uri.host().is_some_and(|host| hosts.iter().any(|h| h == host))
            });
            if listed.is_none() {
                return Err(self.wrong(url, "must begin with https:// and a host of robots.hosts"));
            }
            list.push(RobotSettings {
                kind,
                url: address,
                secret: secret.and_then(|key| self.optional(key)),
            });
        }
        Ok(Robots {
            list,
            per_minute: self.parse("robots.per_minute")?,
            ca: self.certificates("robots.ca_file")?,
        })
    }

    fn certificates(&self, key: &'static str) -> Result<Option<Vec<u8>>, ConfigError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;
        let Some(pem) = self.bytes(key)? else { return Ok(None) };
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        match found {
            Ok(found) if !found.is_empty() => Ok(Some(pem)),
            _ => Err(self.wrong(key, "holds no certificate in PEM")),
        }
    }

    fn bytes(&self, key: &'static str) -> Result<Option<Vec<u8>>, ConfigError> {
        let Some(path) = self.optional(key) else {
            return Ok(None);
        };
        let read = std::fs::read(&path).map_err(|e| self.wrong(key, format!("cannot read {path}: {e}")))?;
        Ok(Some(read))
    }
}
