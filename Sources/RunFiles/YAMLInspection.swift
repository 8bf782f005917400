import CYaml

/// Looks through a YAML text event by event before its nodes are composed, which takes memory and time that a
/// short text can make as large as it likes.
///
/// Aliases are the means: nine lists of nine aliases each stand for 9^9 values, and comparing two keys made of
/// them visits every one. No scenario needs any, nor tags, nor more than a few levels.
enum YAMLInspection {
  /// Deeper lists and mappings are refused; a scenario has four levels.
  static let depthLimit = 32
  /// More values and keys than this are refused; a study of as many cases as are accepted has half of them.
  static let nodeLimit = 200_000

  /// What is not accepted, with its line and column from 1.
  struct Objection: Equatable {
    var line: Int
    var column: Int
    var message: String
  }

  /// The first thing in `yaml` that is not accepted; nil for none, and where the text ends in a mistake, which the
  /// parser reports.
  static func firstObjection(in yaml: String) -> Objection? {
    var yaml = yaml
    return yaml.withUTF8 { bytes in
      var parser = yaml_parser_t()
      guard yaml_parser_initialize(&parser) == 1 else { return nil }
      defer { yaml_parser_delete(&parser) }
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      return firstObjection(&parser)
    }
  }

  private static func firstObjection(_ parser: inout yaml_parser_t) -> Objection? {
    var (depth, nodes) = (0, 0)
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
      defer { yaml_event_delete(&event) }
      func objection(_ message: String) -> Objection {
        Objection(line: event.start_mark.line + 1, column: event.start_mark.column + 1, message: message)
      }
      var anchor: UnsafeMutablePointer<yaml_char_t>?
      var tag: UnsafeMutablePointer<yaml_char_t>?
      switch event.type {
      case YAML_STREAM_END_EVENT: return nil
      case YAML_ALIAS_EVENT: anchor = event.data.alias.anchor
      case YAML_SCALAR_EVENT: (anchor, tag) = (event.data.scalar.anchor, event.data.scalar.tag)
      case YAML_SEQUENCE_START_EVENT:
        (anchor, tag) = (event.data.sequence_start.anchor, event.data.sequence_start.tag)
        depth += 1
      case YAML_MAPPING_START_EVENT:
        (anchor, tag) = (event.data.mapping_start.anchor, event.data.mapping_start.tag)
        depth += 1
      case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
        depth -= 1
        continue
      default: continue
      }
      nodes += 1
      if anchor != nil {
        return objection("anchors and aliases (& and *) are not accepted; write the value out")
      }
      if tag != nil { return objection("tags (!) are not accepted; write the value alone") }
      if depth > depthLimit { return objection("nested deeper than \(depthLimit) levels") }
      if nodes > nodeLimit { return objection("more than \(nodeLimit) keys and values") }
    }
  }
}
