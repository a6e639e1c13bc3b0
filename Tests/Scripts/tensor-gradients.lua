-- A tensor remembers how it was computed; backward fills grad.
local x = tensor.randn({4, 3}, {seed = 1})
local w = tensor.randn({3, 2}, {seed = 2}):requires_grad()
local y = x:matmul(w):relu():sum()
y:backward()
print(w.grad.shape[1], w.grad.shape[2])            -- CHECK: 3	2
local slope = grad(function(a) return (a ^ 2):sum() end)
show(slope(tensor{1, 2, 3}:float()))               -- CHECK: Tensor [3] float32, 2 to 6, mean 4, std 2
                                                   -- CHECK: {2, 4, 6}
print(check_gradient(function(a) return a:tanh() end, tensor.randn(5)) < 1e-7)   -- CHECK: true
print(no_grad(function() return (w * 2).needs_grad end))                         -- CHECK: false
print(select(2, pcall(y.backward, y)))             -- CHECK: {{.*}}the graph was freed by an earlier backward{{.*}}
