import Testing
@Suite struct ShellTests {}
