use super::*;
use futures_util::stream;

fn parts(chunks: Vec<Result<Bytes, Error>>) -> Parts {
    Parts::of(stream::iter(chunks).boxed())
}

#[tokio::test]
async fn pieces_have_their_size_whatever_the_chunks_are() {
    let chunk = |text: &'static str| Ok(Bytes::from(text));
    let mut parts = parts(vec![chunk("a"), chunk("bcdefg"), chunk("h")]);

    for piece in ["abc", "def", "gh", ""] {
        assert_eq!(parts.next(3).await, piece);
    }
    assert!(matches!(parts.end, Some(Ok(()))));
}

#[tokio::test]
async fn what_came_before_a_break_is_a_piece() {
    let mut parts = parts(vec![
        Ok(Bytes::from("abcd")),
        Err(Error::not_found("rest")),
        Ok(Bytes::from("never")),
    ]);

    for piece in ["abc", "d", ""] {
        assert_eq!(parts.next(3).await, piece);
    }
    assert!(matches!(parts.end, Some(Err(_))));
}
