-- %% [md]
-- the short name

-- %% titled [md] k=1
-- text
