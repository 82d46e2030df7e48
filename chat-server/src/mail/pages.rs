//! The pages that links in mails lead to. Each brings along everything it needs, takes the token from behind the hash of
//! its own address, and calls the server beside itself, so it works under any prefix. Opening one changes nothing: programs
//! that look through mail open links, too.

/// A page with its own words, and the styles and the script of both.
macro_rules! page {
    ($title:literal, $body:literal) => {
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
            "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
            $title,
            "</title>\n<style>\n",
            include_str!("pages/page.css"),
            "</style>\n</head>\n",
            include_str!($body),
            "<script>\n",
            include_str!("pages/page.js"),
            "</script>\n</html>\n",
        )
    };
}

/// Confirms an address.
pub(crate) fn verify_page() -> &'static str {
    page!("Confirm your email address", "pages/verify.html")
}

/// Sets a new password.
pub(crate) fn reset_page() -> &'static str {
    page!("Set a new password", "pages/reset.html")
}
