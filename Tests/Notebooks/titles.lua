-- %% first
x = 1

-- %% a title of words, with marks: 100 % (done) [x]
y = 2

-- %% [markdown] 
-- text

-- %% notes [markdown]
-- text with a title
