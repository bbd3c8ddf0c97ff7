const t=performance.now();
const { findNativeLibrary } = await import('./src/native/library.js');
console.log('import',performance.now()-t);
const t1=performance.now(); findNativeLibrary(); console.log('find',performance.now()-t1);
const t2=performance.now(); const { loadCApi } = await import('./src/native/c-api.js'); const api=loadCApi(findNativeLibrary()!.folder); console.log('load',performance.now()-t2);
const t3=performance.now(); const { EagerContext } = await import('./src/native/context.js'); new EagerContext(api); console.log('ctx',performance.now()-t3);
