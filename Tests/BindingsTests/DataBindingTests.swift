import Kernel
import Testing

@testable import Bindings

@Suite struct DataBindingTests {
    let lua: Interpreter
    init() throws {
        lua = try Interpreter()
        try lua.run("d = data.load('blobs', {n = 6, test = 4, classes = 3, seed = 1})")
    }

    @Test("a data set is loaded by name with its own options, and by its own function")
    func loading() {
        #expect(lua.answer("return tostring(d)") == "\"blobs: 6 train and 4 test examples [2], 3 classes\"")
        #expect(lua.answer("return #d.train, d.train.source") == "6, \"blobs/train\"")
        #expect(
            lua.answer("return data.blobs{n = 6, test = 4, classes = 3, seed = 1}.train.digest == d.train.digest")
                == "true")
        #expect(lua.answer("return #data.load{'rings', n = 5}.train") == "5")
        #expect(lua.answer("return #data.load('moons').test") == "1000")
        #expect(lua.answer("return data.list()[1]") == "\"fashion-mnist\"")
        #expect(lua.answer("return data.gaussians{n = 1, test = 1}.bayes_error") == "0.15865525393145707")
    }

    @Test("choices read as they are typed: indices from 1, labels from 0")
    func choosing() {
        #expect(
            lua.answer("return d.train:take{6, 1}:head(1).source").hasPrefix("\"blobs/train:take(2 examples, sha256 "))
        #expect(
            lua.answer("return d.train:by_class(0).count, d.train:shuffle(3).source")
                == "2, \"blobs/train:shuffle(seed = 3)\"")
        #expect(lua.answer("local a, b = d.train:split({0.5, 0.5}, {seed = 7}) return #a, #b") == "3, 3")
        #expect(lua.answer("local a = d.train:split{4} return #a") == "4")
        #expect(lua.answer("return d.train.class_counts") == "{2, 2, 2}")
        #expect(lua.answer("return #d.train:batches{size = 4}") == "2")
    }

    @Test("a data set describes itself")
    func describing() {
        let text = lua.answer("return d.train:describe()")
        #expect(
            text.hasPrefix(
                "\"Dataset blobs/train: 6 examples [2] of float32, 3 classes\\nvalues no limits, 48 B, sha256 "))
        #expect(text.hasSuffix("    2  2             2\""), "\(text)")
    }

    @Test("errors name the function, the argument and what came")
    func errors() {
        func says(_ source: String, _ text: String) {
            #expect(lua.answer(source).contains(text), "\(lua.answer(source))")
        }
        says("data.load('mnits')", "got \"mnits\"; did you mean \"mnist\"?")
        says("data.load()", "bad argument 'name' to 'data.load' (string expected, got nothing)")
        says("data.load('blobs', {nn = 3})", "data.blobs: unknown parameter 'nn'")
        says("d.train:take{7}", "take: bad value for 'indices' (1 to 6 expected, got index 7)")
        says("return d.train[0]", "Dataset[]: bad value for 'index' (1 to 6 expected, got index 0)")
        says("return d.train.labls", "labls")
        says("d.train:split{0.7, 0.7}", "split: bad value for 'parts'")
        says("d.train:batches(0)", "bad argument 'size' to 'Dataset:batches' (integer > 0 expected, got number 0)")
    }
}
