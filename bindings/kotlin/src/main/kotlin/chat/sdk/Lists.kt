package chat.sdk

/**
 * Takes the steps of a conversation list, in their order.
 *
 * @throws IllegalStateException when a step has no place here: then this is not the list that was observed.
 */
fun MutableList<ConversationItem>.follow(steps: List<ConversationDiff>) = steps.forEach { step ->
    when (step) {
        is ConversationDiff.Reset -> reset(step.items)
        is ConversationDiff.Append -> addAll(step.items)
        is ConversationDiff.Insert -> add(place(step.index, size), step.item)
        is ConversationDiff.Set -> set(place(step.index, lastIndex), step.item)
        is ConversationDiff.Remove -> removeAt(place(step.index, lastIndex))
        is ConversationDiff.Truncate -> subList(place(step.length, size), size).clear()
    }
}

/**
 * Takes the steps of a timeline, in their order.
 *
 * @throws IllegalStateException when a step has no place here: then these are not the rows that were observed.
 */
fun MutableList<TimelineItem>.followRows(steps: List<TimelineDiff>) = steps.forEach { step ->
    when (step) {
        is TimelineDiff.Reset -> reset(step.items)
        is TimelineDiff.Append -> addAll(step.items)
        is TimelineDiff.Insert -> add(place(step.index, size), step.item)
        is TimelineDiff.Set -> set(place(step.index, lastIndex), step.item)
        is TimelineDiff.Remove -> removeAt(place(step.index, lastIndex))
        is TimelineDiff.Truncate -> subList(place(step.length, size), size).clear()
    }
}

private fun <T> MutableList<T>.reset(items: List<T>) {
    clear()
    addAll(items)
}

private fun place(index: UInt, last: Int): Int {
    check(index.toLong() <= last) { "a step to place $index has no place in a list whose last is $last" }
    return index.toInt()
}

/** What a list on a screen is keyed by: the same for as long as it is the same row. */
val TimelineItem.key: String
    get() = when (this) {
        is TimelineItem.Start -> key
        is TimelineItem.Date -> key
        is TimelineItem.Unread -> key
        is TimelineItem.Gap -> key
        is TimelineItem.Message -> item.key
    }

/** The message of a row that is one. */
val TimelineItem.message: MessageItem? get() = (this as? TimelineItem.Message)?.item

/** How this message is named in calls, wherever it is. */
val MessageItem.target: MessageTarget
    get() = messageId?.let { MessageTarget.Stored(it) } ?: MessageTarget.Queued(clientId)
