-- A data set is a choice of rows: taking, shuffling and splitting copy nothing and are remembered.
local d = data.load("blobs", {n = 90, test = 30, classes = 3, seed = 1})
print(d)                                           -- CHECK: blobs: 90 train and 30 test examples [2], 3 classes
print(d.train:head(5).source, #d.train:head(5))    -- CHECK: blobs/train:head(5)	5
print(d.train:by_class(2).class_counts[3])         -- CHECK: 30
local train, rest = d.train:split({0.8, 0.2}, {seed = 7})
print(#train, #rest)                               -- CHECK: 72	18
print(train.source)                                -- CHECK: blobs/train:split({0.8, 0.2}, seed = 7)[1]
local n = 0
for images, labels in train:batches{size = 32, seed = 7} do n = n + #labels end
print(n)                                           -- CHECK: 72
print(d.train:shuffle(3).digest == d.train:shuffle(3).digest)   -- CHECK: true
print(d.train:shuffle(3).digest == d.train:shuffle(4).digest)   -- CHECK: false
print(d.train[2].label, d.train[2].class)          -- CHECK: 1	1
local labels = d.train:map(function(image, label) return image * 0 + label end)
print(labels.images:max():item(), #labels)         -- CHECK: 2.0	90
print(select(2, pcall(data.load, "mnits")))        -- CHECK: {{.*}}did you mean "mnist"?{{.*}}
