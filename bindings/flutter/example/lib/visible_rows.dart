import 'dart:math';

import 'package:flutter/material.dart';

/// A list that says which of its rows are on the screen: from the first up to but not with the last.
class VisibleRows extends StatefulWidget {
  const VisibleRows({
    required this.count,
    required this.itemBuilder,
    required this.onVisible,
    this.isReversed = false,
    super.key,
  });

  final int count;
  final IndexedWidgetBuilder itemBuilder;
  final void Function(int first, int last) onVisible;

  /// Whether the last row is at the bottom, where it begins.
  final bool isReversed;

  @override
  State<VisibleRows> createState() => _VisibleRowsState();
}

class _VisibleRowsState extends State<VisibleRows> {
  // By their place in the list and not by their row: a new row moves all others to other places.
  final Set<int> _places = {};
  (int, int)? _told;

  void _tell() {
    if (!mounted || _places.isEmpty) return;
    final sorted = _places.toList()..sort();
    final first = min(sorted.first, widget.count);
    final last = min(sorted.last + 1, widget.count);
    final now = widget.isReversed ? (widget.count - last, widget.count - first) : (first, last);
    if (now == _told) return;
    _told = now;
    widget.onVisible(now.$1, now.$2);
  }

  void _tellBehindThisFrame() => WidgetsBinding.instance.addPostFrameCallback((_) => _tell());

  @override
  void didUpdateWidget(VisibleRows oldWidget) {
    super.didUpdateWidget(oldWidget);
    _tellBehindThisFrame();
  }

  @override
  Widget build(BuildContext context) => ListView.builder(
    reverse: widget.isReversed,
    itemCount: widget.count,
    itemBuilder: (context, place) {
      final index = widget.isReversed ? widget.count - 1 - place : place;
      return _Row(
        onThere: () {
          _places.add(place);
          _tellBehindThisFrame();
        },
        onGone: () {
          _places.remove(place);
          _tellBehindThisFrame();
        },
        key: ValueKey(place),
        child: widget.itemBuilder(context, index),
      );
    },
  );
}

class _Row extends StatefulWidget {
  const _Row({required this.onThere, required this.onGone, required this.child, super.key});

  final VoidCallback onThere;
  final VoidCallback onGone;
  final Widget child;

  @override
  State<_Row> createState() => _RowState();
}

class _RowState extends State<_Row> {
  @override
  void initState() {
    super.initState();
    widget.onThere();
  }

  @override
  void dispose() {
    widget.onGone();
    super.dispose();
  }

  @override
  Widget build(BuildContext context) => widget.child;
}
