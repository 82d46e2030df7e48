//! What a file is, by its first bytes. What its sender calls it counts only where bytes cannot tell: among kinds of
//! text, and between sound and video in the same container. Whatever a browser could run is never told as such.

/// Bytes that are looked at.
pub(super) const HEAD_BYTES: u64 = 8_192;

/// Nothing that is known here.
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file that begins with `head`.
pub(super) fn media_type(head: &[u8], declared: Option<&str>) -> &'static str {
    let kind = infer::get(head).map(|kind| kind.mime_type());
    let declared = declared.and_then(|text| text.split(';').next());
    let declared = declared.unwrap_or_default().trim().to_ascii_lowercase();
    match kind {
        Some("application/pdf") => "application/pdf",
        // Before the other kinds: some of them are known by two letters, with which a text may begin, too.
        _ if is_text(head) => text_type(&declared),
        Some("image/png") => "image/png",
        Some("image/jpeg") => "image/jpeg",
        Some("image/gif") => "image/gif",
        Some("image/webp") => "image/webp",
        Some("audio/ogg" | "audio/opus") => "audio/ogg",
        Some("audio/mpeg") => "audio/mpeg",
        Some("audio/aac") => "audio/aac",
        Some("audio/x-flac") => "audio/flac",
        Some("audio/x-wav") => "audio/wav",
        Some("audio/m4a") => "audio/mp4",
        Some("video/mp4" | "video/x-m4v") if is_sound(head, b"soun", b"vide", &declared) => {
            "audio/mp4"
        }
        Some("video/mp4" | "video/x-m4v") => "video/mp4",
        Some("video/webm") if is_sound(head, b"A_", b"V_", &declared) => "audio/webm",
        Some("video/webm") => "video/webm",
        Some("video/quicktime") => "video/quicktime",
        Some("application/zip") => "application/zip",
        _ => UNKNOWN,
    }
}

/// Whether it is a picture of a kind that carries where it was taken, and of which nothing can be taken out here: HEIC,
/// AVIF, TIFF and what is built on it (most raw photos), JPEG XL and JPEG 2000.
pub(super) fn is_placed_picture(head: &[u8]) -> bool {
    const MAGIC: [&[u8]; 8] = [
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"MM\0+",
        b"\0\0\0\x0cJXL ",
        b"\xff\x0a",
        b"\0\0\0\x0cjP  ",
        b"\xff\x4f\xff\x51",
    ];
    MAGIC.iter().any(|magic| head.starts_with(magic)) || brands(head).any(is_picture_brand)
}

/// What a file of boxes says it is: its kind, and those that it is made like.
fn brands(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let length = head
        .first_chunk()
        .map_or(0, |size| u32::from_be_bytes(*size));
    let end = head.len().min(length as usize);
    let boxed = head[..end].strip_prefix(&head[..end.min(4)]);
    let said = boxed.and_then(|rest| rest.strip_prefix(b"ftyp"));
    said.unwrap_or_default().chunks_exact(4)
}

fn is_picture_brand(brand: &[u8]) -> bool {
    let kinds: [&[u8]; 10] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ];
    kinds.contains(&brand)
}

/// Plain, or one of the kinds of text that nothing runs.
fn text_type(declared: &str) -> &'static str {
    match declared {
        "text/csv" => "text/csv",
        "text/markdown" => "text/markdown",
        _ => "text/plain",
    }
}

/// Valid UTF-8 without NUL; the last character may be cut off by the end of the head.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => 0,
    };
    valid > 0 && !head.contains(&0)
}

/// Whether a container that may hold both has sound only. Where the head names no track, its sender is asked.
fn is_sound(head: &[u8], sound: &[u8], video: &[u8], declared: &str) -> bool {
    let has = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    match (has(sound), has(video)) {
        (_, true) => false,
        (true, false) => true,
        (false, false) => declared.starts_with("audio/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_and_not_the_name() {
        let page = b"<!doctype html><script>alert(1)</script>";
        let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

        assert_eq!(media_type(page, Some("image/png")), "text/plain");
        assert_eq!(media_type(picture, Some("text/html")), "image/png");
        assert_eq!(media_type(b"PK\x03\x04\x14\0\0\0", None), "application/zip");
        assert_eq!(
            media_type(b"%PDF-1.7\n", Some("text/html")),
            "application/pdf"
        );
        assert_eq!(media_type(b"MZ\x90\0\x03\0", Some("image/png")), UNKNOWN);
        assert_eq!(media_type(b"", Some("text/html")), UNKNOWN);
    }

    #[test]
    fn what_a_browser_runs_is_plain_text() {
        let texts = [
            "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "<?xml version=\"1.0\"?><a/>",
            "#!/bin/sh\nrm -rf /",
            "alert(1)",
            "BMW and ID3 are words",
        ];
        for text in texts {
            for declared in ["text/html", "image/svg+xml", "application/javascript"] {
                assert_eq!(
                    media_type(text.as_bytes(), Some(declared)),
                    "text/plain",
                    "{text}"
                );
            }
        }
        assert_eq!(
            media_type(b"a,b\n1,2", Some("text/csv; charset=utf-8")),
            "text/csv"
        );
    }

    #[test]
    fn text_may_be_cut_within_a_character_and_has_no_nul() {
        let cut = &"a \u{1f680}".as_bytes()[..4];

        assert_eq!(media_type(cut, None), "text/plain");
        assert_eq!(media_type(b"a\0b", Some("text/plain")), UNKNOWN);
        assert_eq!(media_type(b"a\xffb", Some("text/plain")), UNKNOWN);
    }

    #[test]
    fn pictures_that_keep_their_place_are_known() {
        let boxes = |brands: &[u8]| {
            let length = 8 + brands.len() as u32;
            [&length.to_be_bytes(), b"ftyp", brands, b"mdat"].concat()
        };

        for brands in [
            b"heic\0\0\0\0mif1",
            b"avif\0\0\0\0miaf",
            b"xxxx\0\0\0\0heix",
        ] {
            assert!(is_placed_picture(&boxes(brands)));
        }
        assert!(is_placed_picture(b"II*\0\x08\0\0\0") && is_placed_picture(b"MM\0*\0"));
        assert!(!is_placed_picture(&boxes(b"isom\0\0\0\0mp42")));
        assert!(!is_placed_picture(&boxes(b"qt  \0\0\0\0qt  ")));
        assert!(!is_placed_picture(b"IImages") && !is_placed_picture(b"\0\0\0\xff"));
        assert!(!is_placed_picture(b"") && !is_placed_picture(b"\xff\xd8\xff\xe0"));
    }

    #[test]
    fn sound_in_a_video_container_is_sound() {
        let mp4 = b"\0\0\0\x1cftypiso5\0\0\0\0iso5mp42";
        let with = |track: &[u8]| [&mp4[..], b"hdlr\0\0\0\0", track].concat();

        assert_eq!(media_type(&with(b"soun"), Some("video/mp4")), "audio/mp4");
        assert_eq!(media_type(&with(b"vide"), Some("audio/mp4")), "video/mp4");
        assert_eq!(media_type(mp4, Some("audio/mp4")), "audio/mp4");
        assert_eq!(media_type(mp4, None), "video/mp4");
        assert_eq!(media_type(b"\0\0\0\x1cftypM4A \0\0\0\0", None), "audio/mp4");
    }
}
