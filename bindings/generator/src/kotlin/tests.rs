//! Pieces of what uniffi writes.

use super::moved;

const CALLS: &str = "
    suspend fun `draft`(`conversationId`: kotlin.String): kotlin.String?

    override suspend fun `draft`(`conversationId`: kotlin.String) : kotlin.String? {
        return uniffiRustCallAsync(
        callWithHandle { uniffiHandle ->
            UniffiLib.draft(
                uniffiHandle,
                FfiConverterString.lower(`conversationId`),
            )
        },
        ChatException.ErrorHandler,
    )
    }
     suspend fun `forgetStore`(`storePath`: kotlin.String) {
        return uniffiRustCallAsync(
        UniffiLib.forget(FfiConverterString.lower(`storePath`),),
        ChatException.ErrorHandler,
    )
    }
    override fun `me`(): kotlin.String? {
    )
    }
";

#[test]
fn every_asynchronous_call_is_done_elsewhere_and_nothing_else_is() {
    let fresh = moved(CALLS).expect("it is as uniffi writes it");

    let put_back = fresh
        .replace("elsewhere { ", "")
        .replace("    ) }\n", "    )\n");
    assert_eq!(put_back, CALLS);
    assert_eq!(
        fresh
            .matches("return elsewhere { uniffiRustCallAsync(")
            .count(),
        2
    );
    assert_eq!(fresh.matches("\n    ) }\n    }\n").count(), 2);
    assert!(
        fresh.ends_with("kotlin.String? {\n    )\n    }\n"),
        "{fresh}"
    );
}

#[test]
fn a_call_that_is_written_otherwise_is_not_left_where_it_was() {
    for (from, to) in [
        (
            "return uniffiRustCallAsync(\n        call",
            "return uniffiCall(\n        call",
        ),
        (
            "ErrorHandler,\n    )\n    }\n    override fun",
            "ErrorHandler)\n    }\n    override fun",
        ),
        (
            "ErrorHandler,\n    )\n    }\n     suspend",
            "ErrorHandler)\n    }\n     suspend",
        ),
    ] {
        let other = CALLS.replacen(from, to, 1);
        assert_ne!(other, CALLS);
        assert!(moved(&other).is_err(), "{other}");
    }
    assert!(moved("object Nothing {\n}\n").is_err());
}
