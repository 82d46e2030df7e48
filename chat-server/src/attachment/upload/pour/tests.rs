use super::*;
use futures_util::stream;

fn pieces(chunks: Vec<Result<Bytes, Error>>) -> Pieces {
    Pieces::of(stream::iter(chunks).boxed())
}

#[tokio::test]
async fn pieces_have_their_size_whatever_the_chunks_are() {
    let chunk = |text: &'static str| Ok(Bytes::from(text));
    let mut pieces = pieces(vec![chunk("a"), chunk("bcdefg"), chunk("h")]);

    for piece in ["abc", "def", "gh", ""] {
        assert_eq!(pieces.next(3).await, piece);
    }
    assert!(matches!(pieces.end, Some(Ok(()))));
}

#[tokio::test]
async fn what_came_before_a_break_is_a_piece() {
    let mut pieces = pieces(vec![
        Ok(Bytes::from("abcd")),
        Err(Error::not_found("rest")),
        Ok(Bytes::from("never")),
    ]);

    for piece in ["abc", "d", ""] {
        assert_eq!(pieces.next(3).await, piece);
    }
    assert!(matches!(pieces.end, Some(Err(_))));
}
