-- Statements that DuckDB's parser refuses, one a line; the caret below is the place it names.

select s.t.* from t;
--         ^
select a.b.* from t;
--         ^
select (a).* from t;
--         ^
select (a).b.* from t;
--           ^
select 1<2>3;
--        ^
select 1 from t where a = 1 = b;
--                          ^
select 1 a b;
--         ^
select a from t order by a, ;
--                          ^
select f(a,);
--         ^
select (1,);
--        ^
select a from t where;
--                   ^
select a from t group by having 1;
--                       ^
select from t;
select ;
with a as () select 1;
--         ^
select count(*) from a join b;
--                           ^
select * from a left b on true;
--                   ^
select * from (select 1;
--                     ^
select 1);
--      ^
select * from a natural join b on true;
--                             ^
select * from a cross join b on true;
--                           ^
select * from a positional join b on true;
--                                ^
select case a end;
--            ^
select case when 1 then 2;
--                       ^
select a b from t c d;
--                  ^
select a,, b;
--       ^
select , a;
--     ^
select 'abc;
--     ^
select "abc;
--     ^
select * from t where a = and b = 1;
--                        ^
select * from t were a = 1;
--                   ^
selec * from t;
-- ^ at the start
select * form t;
--            ^
select * from t group a;
--                    ^
select * from t order a;
--                    ^
select a as from t;
--               ^
select cast(a int);
--            ^
select cast(a as);
--              ^
select a::;
--        ^
select a between 1;
--                ^
select a in ;
--          ^
select a not 1;
--           ^
select f(a b);
--         ^
select f(,a);
--       ^
select [a b];
--        ^
select {a};
--       ^
select {'a' 1};
--          ^
select row_number() over partition by a;
--                                 ^
select row_number() over (partition a);
--                                  ^
select sum(a) over (order by a rows between 1 and 2);
--                                                 ^
select interval day;
--              ^
select interval '1 day' foo bar;
--                          ^
select extract(year a);
--                  ^
select * exclude from t;
--               ^
select * replace (a) from t;
--                   ^
select * rename (a) from t;
--                ^
select a from t limit;
--                   ^
select a from t offset;
--                    ^
select 1 union;
--            ^
union select 1;
-- ^ at the start
select 1 union union select 2;
--             ^
select * from t join u on;
--                       ^
select * from t join u using;
--                          ^
select * from t join u using a;
--                           ^
select * from t join on a = b;
--                   ^
select * from ,t;
--            ^
select * from t,,u;
--              ^
select * from t where (a = 1;
--                          ^
select * from t where a = 1);
--                         ^
select ((1);
--         ^
with a as (select 1 select * from a;
--                  ^
with a as select 1 select * from a;
--        ^
with a (select 1) select * from a;
--      ^
with as (select 1) select 1;
--   ^
with a as (select 1) b as (select 2) select 1;
--                   ^
with a as (select 1)) select 1;
--                  ^
with a as (select 1), b as (select 2);
--                                   ^
with a as (select 1);
--                  ^
insert into t;
--           ^
select a from t tablesample;
--                         ^
select #a;
--      ^
select @;
--      ^
select 1 +;
--        ^
select * * from t;
--         ^
select a..b;
--      ^
select a[;
--       ^
select a[1;
--        ^
select a];
--      ^
select a};
--      ^
select 1 limit 1 limit 2;
--               ^
select 1 where 1 where 2;
--               ^
select 1 order by 1 order by 2;
--                  ^
select a from t having b where c;
--                       ^
select a where b from t;
--               ^
select a from t limit 1 order by a;
--                      ^
select a from t limit 1 where b;
--                      ^
select a from t order by a where b;
--                         ^
select distinct from t;
--              ^
select distinct on a from t;
--                 ^
select all from t;
from t select;
from t where a select b;
--             ^
from t select a from u;
--              ^
select a from t union select b from u where;
--                                         ^
select end from t;
--     ^
select offset from t;
--            ^
select table from t;
--     ^
select left from t;
--          ^
select left.a from left;
--         ^
select a from left;
--                ^
select a from order;
--            ^
select a from select;
--            ^
select a from t left;
--                  ^
select a from t as left;
--                 ^
select a from t as select;
--                 ^
select a left from t;
--       ^
select a year from t;
--       ^
select a name from t;
--       ^
select 1 "x" "y";
--           ^
select 1..2;
--      ^
select s.t.* from s.t;
--         ^
with a as (select 1), select 1;
--                    ^
select 1 = 1 = true;
--           ^
select * from $table;
--            ^
